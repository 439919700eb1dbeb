// What the tab "Generate" needs beside Gradio's components. Runs once, before the app is drawn.
(() => {
  const CLICKED = ["sample-map", "sample-map-1", "sample-map-2", "pairs-map"];

  // The number of a dot or of a row goes into the number box, where it could also be typed.
  const showSample = (number) => {
    const box = document.querySelector("#gen-number input");
    if (!box) return;
    box.value = number;
    box.dispatchEvent(new Event("input", { bubbles: true }));
  };
  const choose = (event) => {
    const point = event.points.find((one) => one.data.meta === "generated");
    if (point) showSample(point.customdata[0]);
  };

  // A heading sorts, again the other way round; a table that is drawn anew stays sorted as it was.
  const TABLES = "#gen-table, #many-table";
  const orders = {};
  const sort = (table) => {
    const order = orders[table.closest(TABLES).id];
    const headings = [...table.tHead.rows[0].cells];
    if (!order || !headings[order.column]) return;
    headings.forEach((heading, i) => heading.setAttribute("aria-sort", i === order.column ? order.way : "none"));
    // what is typed in a cell is its content
    const key = (row) => row.cells[order.column].querySelector("input[type=text]")?.value ?? row.cells[order.column].textContent.trim();
    const compare = (a, b) => key(a).localeCompare(key(b), undefined, { numeric: false });
    const numbers = (a, b) => Number(key(a)) - Number(key(b));
    const rows = [...table.tBodies[0].rows];
    const by = rows.every((row) => !Number.isNaN(Number(key(row)))) ? numbers : compare;
    rows.sort(order.way === "ascending" ? by : (a, b) => by(b, a));
    table.tBodies[0].append(...rows);
  };
  document.addEventListener("click", (event) => {
    const button = event.target.closest?.("#gen-table button, #many-table button");
    if (!button) return;
    const place = button.closest(TABLES).id;
    if (button.dataset.number) return showSample(button.dataset.number);
    const column = Number(button.dataset.column);
    const again = orders[place]?.column === column && orders[place].way === "ascending";
    orders[place] = { column, way: again ? "descending" : "ascending" };
    sort(button.closest("table"));
  });

  // The dot of the sample that is shown in full has a ring.
  const ring = () => {
    const number = document.querySelector("#gen-sample h4")?.textContent.match(/\d+/)?.[0];
    for (const id of CLICKED) {
      for (const drawn of document.querySelectorAll(`#${id} .scatterlayer .trace`)) {
        const data = drawn.__data__?.[0]?.trace;
        if (data?.meta !== "generated") continue;
        for (const dot of drawn.querySelectorAll("path.point")) {
          const isChosen = String(data.customdata[dot.__data__.i]?.[0]) === number;
          if (dot.classList.contains("chosen") !== isChosen) dot.classList.toggle("chosen", isChosen);
        }
      }
    }
  };

  // Gradio draws a figure anew each time, so each drawing is listened to once.
  const attend = () => {
    document.getElementById("gen-status")?.setAttribute("aria-live", "polite");
    const sample = document.querySelector("#gen-sample h4:not([data-ringed])");
    if (sample) {
      sample.dataset.ringed = "yes";
      ring();
    }
    for (const table of document.querySelectorAll("#gen-table table:not([data-attended]), #many-table table:not([data-attended])")) {
      table.dataset.attended = "yes";
      sort(table);
    }
    for (const id of CLICKED) {
      const drawn = document.querySelector(`#${id} .js-plotly-plot`);
      if (drawn?.on && !drawn.dataset.attended) {
        drawn.dataset.attended = "yes";
        drawn.on("plotly_click", choose);
        drawn.on("plotly_afterplot", ring);
      }
    }
  };
  new MutationObserver(attend).observe(document.documentElement, { childList: true, subtree: true });

  window.sermi = {
    ...window.sermi,
    // The file is made first and handed out second, by a button that nobody sees.
    download: (id = "gen-file") => setTimeout(() => document.querySelector(`#${id} a, a#${id}, button#${id}`)?.click(), 50),
  };
})();
