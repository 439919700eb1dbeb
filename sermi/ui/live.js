// The emotion while somebody speaks: the end of what the recorder hears is sent as samples, and the answers are lined up.
// Runs once, before the app is drawn.
(() => {
  const RATE = 16000;
  const PATIENCE_MS = 3000;
  const MOST_MOMENTS = 60;
  const TAP = `registerProcessor("tap", class extends AudioWorkletProcessor {
    process([[channel]]) {
      if (channel) this.port.postMessage(channel.slice());
      return true;
    }
  });`;
  const media = navigator.mediaDevices;
  if (!media?.getUserMedia || !window.AudioWorkletNode) return;

  // The recorder's own sound, from the microphone that was chosen there: to ask for another stream would need another
  // permission, and on some phones it silences the first.
  let heard = null;
  const open = media.getUserMedia.bind(media);
  media.getUserMedia = async (constraints) => {
    const stream = await open(constraints);
    if (constraints?.audio) heard = stream;
    return stream;
  };

  // Not every browser resamples a microphone; the server takes other rates as well.
  const contextOf = (stream) => {
    let context = new AudioContext({ sampleRate: RATE });
    try {
      return [context, context.createMediaStreamSource(stream)];
    } catch {
      context.close();
      context = new AudioContext();
      return [context, context.createMediaStreamSource(stream)];
    }
  };

  // The last seconds of a stream.
  class Tap {
    constructor(seconds) {
      this.seconds = seconds;
      this.chunks = [];
      this.kept = 0;
      this.total = 0;
    }
    async begin(stream) {
      const [context, source] = contextOf(stream);
      this.context = context;
      const module = URL.createObjectURL(new Blob([TAP], { type: "text/javascript" }));
      await context.audioWorklet.addModule(module);
      URL.revokeObjectURL(module);
      const node = new AudioWorkletNode(context, "tap", { channelCount: 1, channelCountMode: "explicit" });
      node.port.onmessage = ({ data }) => this.add(data);
      source.connect(node).connect(context.destination);
    }
    add(samples) {
      this.chunks.push(samples);
      this.kept += samples.length;
      this.total += samples.length;
      while (this.kept - this.chunks[0].length >= this.seconds * this.context.sampleRate) {
        this.kept -= this.chunks.shift().length;
      }
    }
    get end() {
      return this.total / this.context.sampleRate;
    }
    get pcm() {
      const values = new Int16Array(this.kept);
      let at = 0;
      for (const chunk of this.chunks) {
        for (const value of chunk) values[at++] = Math.max(-1, Math.min(1, value)) * 32767;
      }
      const bytes = new Uint8Array(values.buffer);
      let text = "";
      for (let i = 0; i < bytes.length; i += 8192) text += String.fromCharCode(...bytes.subarray(i, i + 8192));
      return btoa(text);
    }
    close() {
      if (this.context && this.context.state !== "closed") this.context.close();
    }
  }

  // What the visitor chose, not what the box shows, which is drawn anew with the page.
  let isWanted = true;
  document.addEventListener("change", ({ target }) => {
    if (!target.closest?.("#live-wanted")) return;
    isWanted = target.checked;
    document.dispatchEvent(new CustomEvent("live-wanted"));
  }, true);

  let take = 0;
  const connectLive = (element, props, trigger, watch) => {
    const nothingYet = props.value;
    let tap = null;
    let timer = 0;
    let sentAt = 0;
    let moments = [];
    let ofStream = null;
    const settings = () => {
      const { window: seconds, hop, first } = element.querySelector(".live").dataset;
      return { seconds: Number(seconds), hop: Number(hop), first: Number(first) };
    };

    const send = () => {
      const now = performance.now();
      const { first } = settings();
      // One at a time: where answers take longer, they come less often and never late.
      if (!tap || tap.end < first || (sentAt && now - sentAt < PATIENCE_MS)) return;
      sentAt = now;
      trigger("input", { take, end: tap.end, rate: tap.context.sampleRate, pcm: tap.pcm });
    };
    const draw = () => {
      const list = element.querySelector(".moments");
      list.replaceChildren(...moments.map(({ emotion, style }) => {
        const item = document.createElement("li");
        item.style.cssText = style;
        item.dataset.emotion = emotion;
        return item;
      }));
    };
    watch("value", () => {
      const shown = element.querySelector(".moment");
      if (!shown || Number(shown.dataset.take) !== take || !tap) {
        sentAt = 0;
        return;
      }
      element.dataset.lag = Math.round(performance.now() - sentAt);
      sentAt = 0;
      moments = [...moments, { emotion: shown.dataset.emotion ?? "", style: shown.style.cssText }].slice(-MOST_MOMENTS);
      draw();
    });

    const begin = async () => {
      if (!heard || tap) return;
      const { seconds, hop } = settings();
      const mine = new Tap(seconds);
      tap = mine;
      take += 1;
      sentAt = 0;
      if (ofStream !== heard) {
        moments = []; // else the recording goes on after a pause
        props.value = nothingYet;
      }
      ofStream = heard;
      draw();
      try {
        await mine.begin(heard);
      } catch {
        if (tap === mine) end(); // this browser can't; the answer comes when the recording ends
      }
      if (tap !== mine) {
        mine.close();
        return;
      }
      element.dataset.speaking = "";
      timer = setInterval(send, hop * 1000);
    };
    const end = () => {
      clearInterval(timer);
      tap?.close();
      tap = null;
      delete element.dataset.speaking;
    };
    let isSpeaking = false;
    const follow = () => {
      if (isSpeaking && isWanted) begin();
      else end();
    };
    document.addEventListener("speaking", ({ detail }) => {
      isSpeaking = detail;
      follow();
    });
    document.addEventListener("live-wanted", follow);
  };

  window.sermi = { ...window.sermi, connectLive };
})();
