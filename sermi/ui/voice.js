// What the card "Your voice" needs beside Gradio's components. Runs once, before the app is drawn.
(() => {
  const PATIENCE_MS = 5000;
  const find = (selector) => document.querySelector(`#recording ${selector}`);

  // The recorder is there a moment after it was emptied, or behind the tab for files. Pressing its button is what a visitor
  // would have to do next.
  const record = () => {
    const begun = performance.now();
    const attempt = () => {
      if (find(".stop-button")?.offsetParent) return;
      const button = find(".record-button");
      if (button?.offsetParent) {
        button.closest(".card").scrollIntoView({ block: "nearest" });
        button.click();
        return;
      }
      find('.icon[aria-label="Record audio"]:not(.selected)')?.click();
      if (performance.now() - begun < PATIENCE_MS) setTimeout(attempt, 50);
    };
    attempt();
  };
  // Who sends files wants to send another one.
  const another = () => {
    const files = find('.icon[aria-label="Upload file"].selected');
    if (files) files.closest(".card").scrollIntoView({ block: "nearest" });
    else record();
  };

  // Gradio's × leaves its recorder running. To turn to files and back ends it, and the recording is not sent.
  const isTaking = () => [".stop-button", ".stop-button-paused", ".resume-button"].some((name) => find(name)?.offsetParent);
  document.addEventListener("click", (event) => {
    if (!event.target.closest?.('#recording button[aria-label="Clear"]') || !isTaking()) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    find('.icon[aria-label="Upload file"]').click();
    setTimeout(() => find('.icon[aria-label="Record audio"]')?.click());
  }, true);

  // Times are the visitor's, who may be in another zone than the server.
  const localise = () => {
    for (const time of document.querySelectorAll("#voice time[datetime]:not([data-local])")) {
      time.dataset.local = "yes";
      time.textContent = new Date(time.dateTime).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
    }
  };
  new MutationObserver(localise).observe(document.documentElement, { childList: true, subtree: true });

  // While somebody speaks no other recording can begin, nor while one is being sent: what a button asks for next would be
  // taken for it. Only the page knows this at once: a server's answers may come in another order than what was asked.
  let wasSpeaking = false;
  let sending = 0;
  const fetched = window.fetch;
  window.fetch = (...request) => {
    const answer = fetched.apply(window, request);
    if (/\/upload(\?|$)/.test(String(request[0]?.url ?? request[0]))) {
      sending += 1;
      pause();
      const end = () => {
        sending -= 1;
        plan();
      };
      answer.then(end, end);
    }
    return answer;
  };
  // What replaces the voice by another one does so once, however often it is pressed in a moment.
  const MOMENT_MS = 1000;
  const SOMEONE = "#someone-else, .mismatch button";
  let resting = false;
  document.addEventListener("click", (event) => {
    if (!event.target.closest?.(SOMEONE)) return;
    if (resting) event.stopImmediatePropagation();
    else setTimeout(() => (resting = false), MOMENT_MS);
    resting = true;
  }, true);
  const pause = () => {
    const isSpeaking = Boolean(find(".stop-button")?.offsetParent);
    if (isSpeaking !== wasSpeaking) {
      wasSpeaking = isSpeaking;
      document.dispatchEvent(new CustomEvent("speaking", { detail: isSpeaking }));
    }
    for (const button of document.querySelectorAll("#say-another, #read-calm, #someone-else, #game-play")) {
      const isBusy = isSpeaking || sending > 0;
      if (button.disabled !== isBusy) button.disabled = isBusy;
    }
  };
  let isPlanned = false;
  const plan = () => {
    if (isPlanned) return;
    isPlanned = true;
    requestAnimationFrame(() => {
      isPlanned = false;
      pause();
    });
  };
  const seen = { childList: true, subtree: true, attributes: true, attributeFilter: ["style", "class", "disabled"] };
  new MutationObserver(plan).observe(document.documentElement, seen);

  window.sermi = { ...window.sermi, record, another };
})();
