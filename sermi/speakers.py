"""Emotions of many files, with other files of the same speaker as context."""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from sermi import audio, outputs
from sermi.audio import Recording
from sermi.delimited import FILE_COLUMNS, listed_files, read_csv
from sermi.errors import SermiError
from sermi.frontend import Progress
from sermi.paths import is_file, is_folder
from sermi.prediction import Prediction
from sermi.predictor import Encoded, Predictor
from sermi.recorded_voice import RecordedVoice

Line = tuple[str, Prediction | SermiError]
"""A file, and its prediction or why there is none."""
Clip = TypeVar("Clip", bound=Hashable)
VOICE_ENDING = ".safetensors"
"""Of a voice that is kept."""
Files = Mapping[str, str | None]
"""Of one speaker, each with its emotion where that is known."""


@dataclass(frozen=True)
class Request:
    """Files to recognise, and what is known of who speaks in them."""

    files: Sequence[str] = ()
    """To recognise; none for all of `speakers`."""
    context: Sequence[str] = ()
    """Other files of the one speaker."""
    neutral: Sequence[str] = ()
    """Others that are known to be neutral."""
    same_speaker: bool = False
    """Whether `files` are of one speaker, and so each other's context."""
    speakers: Path | None = None
    """CSV of path,speaker: files of one speaker are each other's context. The column of files may have another name of
    `FILE_COLUMNS`. A third one, known_emotion, has no part in the answer of its own file; it isn't called emotion, since a
    column of that name may be there to hold answers against."""
    voice: Path | None = None
    """Voice that was saved."""
    save_voice: Path | None = None
    """Where to keep the voice."""

    @property
    def has_voice(self) -> bool:
        """Whether all files have one context."""
        return bool(self.context or self.neutral or self.same_speaker or self.voice)

    def check(self) -> None:
        """Raises SermiError for what doesn't go together or can't be written."""
        if self.speakers and (self.has_voice or self.save_voice):
            raise SermiError(
                "With --speakers each speaker's files are the context; leave out --context, --neutral, --same-speaker, "
                "--voice and --save-voice."
            )
        if not self.files and not self.speakers and not (self.save_voice and (self.context or self.neutral)):
            raise SermiError("No file is named; give recordings, or --speakers with a table of them.")
        if self.save_voice and not self.has_voice:
            raise SermiError(
                "--save-voice keeps what --context, --neutral, --same-speaker or --voice give; add one of them."
            )
        if self.save_voice:
            outputs.check_file(self.save_voice, [VOICE_ENDING])


def recognise(
    request: Request,
    load: Callable[[], Predictor],
    transcript_of: Callable[[Recording], str | None],
    progress: Callable[[str, float], AbstractContextManager[Progress]],
) -> Iterator[Line]:
    """Recognise each file of a request; with `speakers` one speaker after the other.

    Args:
        request: what to recognise.
        load: gives the predictor, once the request is seen to be in order.
        transcript_of: what is said in a recording that is recognised.
        progress: shows how far a file, of some seconds, is.

    Yields:
        Lines; a file that can't be used doesn't keep the others.

    Raises:
        SermiError: The request as a whole can't be met; nothing is encoded then.
    """
    request.check()
    groups = _groups(request)
    model = load()

    def encode(file: str) -> Encoded | SermiError:
        try:
            recording = audio.read(file)
            transcript = transcript_of(recording)
            with progress(Path(file).name, recording.duration_s) as report:
                return model.encode(recording, transcript, progress=report)
        except SermiError as error:
            return error

    if request.speakers:
        model.new_voice()  # says at once where there can be none
        _check_known(request.speakers, groups, model.classes)
        spellings = _spellings(request.files)
        asked = [names[0] for names in spellings.values()]
        for files in groups.values():
            for file, answer in _as_one_voice(model, model.new_voice(), files, encode, asked=asked):
                yield from ((name, answer) for name in spellings.get(Path(file).resolve(), [file]))
        return
    voice = _voice(request, model) if request.has_voice else None
    if voice is not None and request.same_speaker:
        yield from _as_one_voice(model, voice, dict.fromkeys(request.files), encode, asked=request.files)
    else:
        for file in request.files:
            yield file, _answer(model, encode(file), voice)
    if voice is not None and request.save_voice:
        voice.save(request.save_voice)


def _spellings(files: Sequence[str]) -> dict[Path, list[str]]:
    """The ways in which each file is named."""
    spellings: dict[Path, list[str]] = {}
    for file in files:
        spellings.setdefault(Path(file).resolve(), []).append(file)
    return spellings


def _groups(request: Request) -> Mapping[str, Files]:
    """Files of each speaker, if they are in a table."""
    if request.speakers is None:
        return {}
    if not is_file(request.speakers) and not is_folder(request.speakers):
        raise SermiError(f"There is no file '{request.speakers}'; check the path.")
    rows = [
        {name: value.strip() for name, value in row.items()}
        for row in read_csv(request.speakers, ("speaker",), separators=",;\t")
    ]
    column = next((name for name in FILE_COLUMNS if name in rows[0]), None)
    if column is None:
        raise SermiError(
            f"'{request.speakers.name}' has no column of files; call it {', '.join(FILE_COLUMNS[:-1])} or {FILE_COLUMNS[-1]}. "
            f"Its header is {','.join(rows[0])}."
        )
    rows = [{**row, "path": row[column]} for row in rows]
    unnamed = [row["path"] for row in rows if not row["speaker"]]
    if unnamed:
        raise SermiError(f"'{request.speakers.name}' gives no speaker for '{unnamed[0]}'; name one or drop the row.")
    groups: dict[str, dict[str, str | None]] = {}
    spelled = {path: names[0] for path, names in _spellings(request.files).items()}
    for row, path in zip(rows, listed_files(request.speakers, rows), strict=True):
        groups.setdefault(row["speaker"], {})[spelled.pop(path, str(path))] = row.get("known_emotion") or None
    if spelled:
        raise SermiError(
            f"'{next(iter(spelled.values()))}' isn't among the files of '{request.speakers.name}'; add it with its speaker."
        )
    return groups


def _check_known(table: Path, groups: Mapping[str, Files], classes: Sequence[str]) -> None:
    """Raises SermiError for an emotion that isn't among the classes."""
    for files in groups.values():
        for file, emotion in files.items():
            if emotion is not None and emotion not in classes:
                raise SermiError(
                    f"'{table.name}' says {emotion} of '{Path(file).name}', which isn't an emotion of this checkpoint; use one "
                    f"of {', '.join(classes)}, or leave it empty."
                )


def _voice(request: Request, model: Predictor) -> RecordedVoice:
    """The one voice of all files. Everything is read before anything is encoded."""
    voice = model.load_voice(request.voice) if request.voice else model.new_voice()
    if request.voice and not len(voice):
        raise SermiError(f"'{request.voice}' knows no clip of its voice; save it again, from longer recordings.")
    return add_recordings(voice, request.context, request.neutral, model.classes)


def add_recordings(
    voice: RecordedVoice, context: Sequence[str], neutral: Sequence[str], classes: Sequence[str]
) -> RecordedVoice:
    """A voice with recordings of its speaker added, all of which are read before anything is encoded.

    Args:
        voice: to add to.
        context: files whose emotion isn't known.
        neutral: files that are known to be neutral.
        classes: of the checkpoint.

    Raises:
        SermiError: a file can't be read, or the checkpoint doesn't know neutral speech.
    """
    if neutral and "neutral" not in classes:
        raise SermiError("This checkpoint doesn't know neutral speech; give the files by --context.")
    read = [(audio.read(file), file) for file in (*context, *neutral)]
    for number, (recording, file) in enumerate(read):
        voice.add(recording, emotion=None if number < len(context) else "neutral", name=file)
    return voice


def _as_one_voice(
    model: Predictor,
    voice: RecordedVoice,
    files: Files,
    encode: Callable[[str], Encoded | SermiError],
    asked: Sequence[str] = (),
) -> Iterator[Line]:
    """Lines of files, or of those that are asked for, each with the others as context."""
    if asked and not files.keys() & set(asked):
        return
    encoded = {file: encode(file) for file in files}
    clips = {file: clip for file, clip in encoded.items() if isinstance(clip, Encoded)}
    wanted = [file for file in asked or files if file in files]
    answers = answers_of_one_voice(model, voice, clips, files, {file: file for file in files}, asked=wanted)
    for file in wanted:
        clip = encoded[file]
        yield file, clip if isinstance(clip, SermiError) else answers[file]


def answers_of_one_voice(
    model: Predictor,
    voice: RecordedVoice,
    clips: Mapping[Clip, Encoded],
    emotions: Mapping[Clip, str | None],
    names: Mapping[Clip, str],
    asked: Collection[Clip] | None = None,
) -> dict[Clip, Prediction]:
    """Answers to recordings of one speaker, each with the others as context.

    Args:
        model: that encoded them.
        voice: what is known of the speaker already; the recordings are added to it.
        clips: encoded recordings.
        emotions: of those whose emotion is known, which has no part in their own answers.
        names: for warnings.
        asked: those that are answered; None for all.
    """
    for key, clip in clips.items():
        voice.add(clip.utterance, emotion=emotions.get(key), name=names[key])
    return {key: model.answer(clip, voice) for key, clip in clips.items() if asked is None or key in asked}


def _answer(model: Predictor, encoded: Encoded | SermiError, voice: RecordedVoice | None) -> Prediction | SermiError:
    return encoded if isinstance(encoded, SermiError) else model.answer(encoded, voice)
