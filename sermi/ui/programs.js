// Snippets for programs name the address that the page was opened by. Runs once, before the app is drawn.
(() => {
  const PLACEHOLDER = "http://127.0.0.1:7860";
  const attend = () => {
    for (const code of document.querySelectorAll("code.own-address:not([data-filled])")) {
      code.dataset.filled = "yes";
      code.textContent = code.textContent.replaceAll(PLACEHOLDER, (location.origin + location.pathname).replace(/\/$/, ""));
    }
  };
  new MutationObserver(attend).observe(document.documentElement, { childList: true, subtree: true });
})();
