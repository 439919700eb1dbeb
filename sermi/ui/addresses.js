// Every tab has an address: #generate, #your-features; after a question mark it may hold settings. Runs once, before the app is drawn.
(() => {
  const tabs = () => [...document.querySelectorAll('.tab-container [role="tab"]')];
  const name = (tab) => tab.textContent.trim().toLowerCase().replaceAll(" ", "-");
  const wanted = () => location.hash.slice(1).split("?")[0].toLowerCase();

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
  // What a link sets is handed to the page until it answers: one that is still being drawn doesn't listen yet.
  const settle = () => {
    const query = location.hash.split("?")[1];
    if (wanted() !== "generate" || !query) return;
    const begun = performance.now();
    const attempt = () => {
      const box = document.querySelector("#gen-link textarea, #gen-link input");
      const answered = document.querySelector("#gen-link-status .hint") && box?.value === query.slice(0, 500);
      if (answered || performance.now() - begun > PATIENCE_MS) return;
      if (box) {
        box.value = query.slice(0, 500);
        box.dispatchEvent(new Event("input", { bubbles: true }));
      }
      setTimeout(attempt, 500);
    };
    attempt();
  };
  window.addEventListener("hashchange", () => {
    follow();
    settle();
  });
  follow();
  settle();

  document.addEventListener("click", (event) => {
    const tab = event.target.closest?.('.tab-container [role="tab"]');
    if (tab && name(tab) !== "walkthrough" && name(tab) !== wanted()) history.replaceState(null, "", `#${name(tab)}`);
  });

  window.sermi = {
    ...window.sermi,
    // The link is in the address bar, too, where the browser lets no page write to the clipboard.
    copyLink: (tab, names, values) => {
      const query = new URLSearchParams(names.map((name, i) => [name, values[i]]).filter(([, value]) => value !== null && value !== ""));
      history.replaceState(null, "", `#${tab}?${query}`);
      const say = (text) => {
        const button = document.getElementById("gen-copy-link");
        const before = button.dataset.label ?? (button.dataset.label = button.textContent);
        button.textContent = text;
        setTimeout(() => (button.textContent = before), 3000);
      };
      const written = navigator.clipboard ? navigator.clipboard.writeText(location.href) : Promise.reject();
      written.then(() => say("Copied"), () => say("It is in the address bar"));
    },
  };
})();
