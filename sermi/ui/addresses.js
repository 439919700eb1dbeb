// Every tab has an address: #generate, #your-features. Runs once, before the app is drawn.
(() => {
  const tabs = () => [...document.querySelectorAll('.tab-container [role="tab"]')];
  const name = (tab) => tab.textContent.trim().toLowerCase().replaceAll(" ", "-");
  const wanted = () => location.hash.slice(1).toLowerCase();

  // The tabs are there a moment later; steps of the walkthrough have addresses of their own.
  const PATIENCE_MS = 20000;
  const follow = () => {
    const begun = performance.now();
    const attempt = () => {
      if (!/^[a-z-]+$/.test(wanted()) || wanted() === "walkthrough") return;
      const tab = tabs().find((one) => name(one) === wanted());
      if (tab?.getAttribute("aria-selected") === "true") return;
      tab?.click();
      if (performance.now() - begun < PATIENCE_MS) setTimeout(attempt, 200);
    };
    attempt();
  };
  window.addEventListener("hashchange", follow);
  follow();

  document.addEventListener("click", (event) => {
    const tab = event.target.closest?.('.tab-container [role="tab"]');
    if (tab && name(tab) !== "walkthrough" && name(tab) !== wanted()) history.replaceState(null, "", `#${name(tab)}`);
  });
})();
