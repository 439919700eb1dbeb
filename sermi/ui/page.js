// What Gradio's components leave out. Runs once, before the app is drawn.
(() => {
  const TYPES = { mp4: "audio/mp4", m4a: "audio/mp4", webm: "audio/webm", ogg: "audio/ogg", flac: "audio/flac" };
  const ACCEPT = ".wav,.flac,.mp3,.ogg,.m4a,.webm,.mp4,audio/*";
  const inRecorder = (node) => node instanceof Element && node.closest("#recording");

  // Gradio's audio input turns mp4 and webm away because browsers call them video. They are handed on as audio;
  // the server looks at the content, not at the name.
  const renamed = (files) => {
    const transfer = new DataTransfer();
    for (const file of files) {
      const type = TYPES[file.name.split(".").pop().toLowerCase()];
      const foreign = type && !file.type.startsWith("audio/");
      transfer.items.add(foreign ? new File([file], file.name, { type }) : file);
    }
    return transfer.files;
  };
  // What is larger than the server takes is refused before it is sent, in words.
  const refused = (files) => {
    const large = [...files].find((file) => file.size > window.sermi.maxBytes);
    const box = document.querySelector("#refused textarea, #refused input");
    if (!large || !box) return false;
    box.value = JSON.stringify([large.name, large.size, Date.now()]); // the same file again is said again
    box.dispatchEvent(new Event("input", { bubbles: true }));
    return true;
  };
  const anyForeign = (files) => [...files].some((file) => !file.type.startsWith("audio/"));

  document.addEventListener("click", (event) => {
    if (event.target.matches?.("#recording input[type=file]")) event.target.accept = ACCEPT;
  }, true);
  document.addEventListener("change", (event) => {
    const input = event.target;
    if (input.type !== "file" || !inRecorder(input)) return;
    if (refused(input.files)) {
      event.stopImmediatePropagation();
      input.value = "";
    } else if (anyForeign(input.files)) input.files = renamed(input.files);
  }, true);
  document.addEventListener("drop", (event) => {
    const recorder = inRecorder(event.target);
    const input = recorder?.querySelector("input[type=file]");
    const files = event.dataTransfer?.files;
    const tooLarge = input && files?.length && refused(files);
    if (!input || !files?.length || !(tooLarge || anyForeign(files))) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    if (tooLarge) return;
    input.files = renamed(files);
    input.dispatchEvent(new Event("change", { bubbles: true }));
  }, true);

  // The answer to a press is in view, also where the page is narrow and what was pressed fills it.
  const ANSWERED = { "gen-go": "gen-status", "own-go": "own-status", "own-example": "own-status" };
  document.addEventListener("click", (event) => {
    const status = document.getElementById(ANSWERED[event.target.closest?.("button")?.id]);
    if (!status) return;
    const { top, bottom } = status.getBoundingClientRect();
    const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
    if (top < 0 || bottom > innerHeight) status.scrollIntoView({ block: "start", behavior: calm ? "auto" : "smooth" });
  });

  // A screen reader hears the verdict when it changes, and each figure as one image named by its caption.
  const name = () => {
    document.getElementById("verdict")?.setAttribute("aria-live", "polite");
    for (const caption of document.querySelectorAll('[id$="-caption"]')) {
      const figure = document.getElementById(caption.id.slice(0, -"-caption".length));
      if (figure && !figure.hasAttribute("role")) {
        figure.setAttribute("role", "img");
        figure.setAttribute("aria-labelledby", caption.id);
      }
    }
  };
  new MutationObserver(name).observe(document.documentElement, { childList: true, subtree: true });
})();
