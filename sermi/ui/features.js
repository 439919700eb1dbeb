// What the tab "Your features" needs beside Gradio's components. Runs once, before the app is drawn.
(() => {
  const ACCEPT = ".csv,.tsv,.parquet,.feather,.npz,.arff";
  const zone = (node) => (node instanceof Element ? node.closest("#own-file") : null);

  // What is larger than a table may be is refused before it is sent, in words.
  const refused = (files) => {
    const large = [...(files ?? [])].find((file) => file.size > window.sermi.maxTableBytes);
    const box = document.querySelector("#own-refused textarea, #own-refused input");
    if (!large || !box) return false;
    box.value = JSON.stringify([large.name, large.size, Date.now()]); // the same file again is said again
    box.dispatchEvent(new Event("input", { bubbles: true }));
    return true;
  };
  document.addEventListener("click", (event) => {
    if (event.target.matches?.("#own-file input[type=file]")) event.target.accept = ACCEPT;
  }, true);
  document.addEventListener("change", (event) => {
    if (event.target.type !== "file" || !zone(event.target) || !refused(event.target.files)) return;
    event.stopImmediatePropagation();
    event.target.value = "";
  }, true);
  document.addEventListener("drop", (event) => {
    if (!zone(event.target) || !refused(event.dataTransfer?.files)) return;
    event.preventDefault();
    event.stopImmediatePropagation();
  }, true);

  const attend = () => {
    for (const id of ["own-status", "own-understood"]) document.getElementById(id)?.setAttribute("aria-live", "polite");
  };
  new MutationObserver(attend).observe(document.documentElement, { childList: true, subtree: true });
})();
