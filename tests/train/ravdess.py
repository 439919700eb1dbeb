"""Small trees in RAVDESS's layout, in which a tone's pitch carries the emotion."""

import numpy as np
import soundfile

RAVDESS = {"neutral": "01", "calm": "02", "happy": "03", "sad": "04"} | {
    "angry": "05", "fearful": "06", "disgust": "07", "surprised": "08",
}  # fmt: skip
PITCH = dict(zip(RAVDESS, (120, 100, 300, 90, 400, 250, 150, 500), strict=True))


def tone(emotion, actor, take):
    """Half a second of a harmonic tone whose pitch depends on the emotion and whose tilt on the actor."""
    rng = np.random.default_rng([PITCH[emotion], actor, take])
    time = np.arange(8_000) / 16_000
    pitch = PITCH[emotion] * (1 + 0.03 * rng.normal())
    harmonics = sum(np.sin(2 * np.pi * pitch * n * time) / n ** (0.8 + actor / 30) for n in range(1, 9))
    return (0.1 * harmonics + 0.005 * rng.normal(size=len(time))).astype(np.float32)


def write_ravdess(folder, emotions=tuple(RAVDESS), actors=range(1, 25), takes=1):
    for actor in actors:
        (folder / f"Actor_{actor:02d}").mkdir(parents=True, exist_ok=True)
        for emotion in emotions:
            for take in range(takes):
                name = f"03-01-{RAVDESS[emotion]}-01-01-{take + 1:02d}-{actor:02d}.wav"
                soundfile.write(folder / f"Actor_{actor:02d}" / name, tone(emotion, actor, take), 16_000)
