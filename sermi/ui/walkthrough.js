// The tab "Walkthrough": arrow keys, and a link to every step (#walkthrough-3). Runs once, before the app is drawn.
(() => {
  const LINK = /^#walkthrough-(\d)$/;
  const tab = () => [...document.querySelectorAll('button[role="tab"]')].find((one) => one.textContent.trim() === "Walkthrough");
  const open = () => tab()?.getAttribute("aria-selected") === "true";

  const go = (step) => {
    const box = document.querySelector("#step-number input");
    if (!box || box.value === step) return;
    box.value = step;
    box.dispatchEvent(new Event("input", { bubbles: true }));
    box.dispatchEvent(new Event("change", { bubbles: true }));
  };

  // Follow the link once the page is drawn, then whenever it changes.
  let wanted = LINK.exec(location.hash)?.[1] ?? null;
  window.addEventListener("hashchange", () => {
    wanted = LINK.exec(location.hash)?.[1] ?? null;
    follow();
  });
  const follow = () => {
    if (!wanted || !tab()) return;
    if (!open()) return tab().click();
    if (!document.querySelector("#step-number input")) return;
    go(wanted);
    wanted = null;
  };

  document.addEventListener("keydown", (event) => {
    const typing = event.target.closest?.("input, textarea, select, [contenteditable], [role=listbox], [role=tablist]");
    if (!open() || typing || event.altKey || event.ctrlKey || event.metaKey) return;
    const button = { ArrowRight: "step-next", ArrowLeft: "step-back" }[event.key];
    if (button) document.getElementById(button)?.click();
  });

  const attend = () => {
    follow();
    document.getElementById("step-progress")?.setAttribute("aria-live", "polite");
    const shown = document.querySelector("#step-progress [aria-current]")?.getAttribute("href");
    if (open() && !wanted && shown && shown !== location.hash) history.replaceState(null, "", shown);
  };
  new MutationObserver(attend).observe(document.documentElement, { childList: true, subtree: true });
})();
