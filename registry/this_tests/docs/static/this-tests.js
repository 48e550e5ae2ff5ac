/* What is nice to have: the rows of a section without leaving the page, a button to copy a command, and an
   overview that sorts and filters. Everything can be read and reached without this script. */
(() => {
  "use strict";

  const copied = (text, element) => {
    const select = () => {
      getSelection().selectAllChildren(element);
      return document.execCommand("copy") ? Promise.resolve() : Promise.reject();
    };
    return navigator.clipboard ? navigator.clipboard.writeText(text).catch(select) : select();
  };

  const addCopyButton = (command, words) => {
    const pre = command.querySelector("pre");
    const button = document.createElement("button");
    button.type = "button";
    button.className = "this-tests-copy";
    button.textContent = words.copy;
    button.addEventListener("click", () =>
      copied(pre.textContent.trim(), pre).then(() => {
        button.textContent = words.copied;
        setTimeout(() => (button.textContent = words.copy), 2000);
      })
    );
    command.append(button);
  };

  const addCopyButtons = () => {
    // Where a project has buttons of its own on all code, a second one is in the way.
    if (document.querySelector('script[src*="copybutton"], .md-clipboard')) return;
    document.querySelectorAll("[data-copy] .this-tests-command").forEach(command =>
      addCopyButton(command, command.closest("[data-copy]").dataset)
    );
  };

  // A section has the first of its tests, and a link to the page with all. The rows come from there when it is opened.
  // From the disk, nothing can be fetched: the link stays.

  const fetched = async url => {
    const answer = await fetch(url);
    const page = answer.ok && new DOMParser().parseFromString(await answer.text(), "text/html");
    return page ? page.querySelector(".this-tests-all") : null;
  };

  const adopted = (element, url) => {
    const here = document.importNode(element, true);
    here.removeAttribute("id");
    for (const link of here.querySelectorAll("a[href]")) {
      link.href = new URL(link.getAttribute("href"), url);
    }
    return here;
  };

  const showRows = (section, whole, url) => {
    const first = section.querySelector(".this-tests-test");
    const foot = section.querySelector(".this-tests-foot");
    const rows = [...whole.querySelectorAll(".this-tests-test[id]")].map(row => adopted(row, url));
    const isOpen = first ? first.querySelector("details").open : whole.dataset.open !== "none";
    rows.forEach((row, index) => {
      row.querySelector("details").open = isOpen && !index;
      row.querySelectorAll(".this-tests-command").forEach(command => addCopyButton(command, whole.dataset));
    });
    foot.before(...rows);
    const legend = whole.querySelector(".this-tests-legend");
    if (legend) section.append(adopted(legend, url));
    if (first) {
      // Whoever is in it already stays there.
      if (first.contains(document.activeElement)) rows[0].querySelector("summary").focus();
      first.remove();
    }
  };

  const complete = async section => {
    const link = section.querySelector(".this-tests-foot a");
    if (!link || !("brief" in section.dataset) || !location.protocol.startsWith("http")) return;
    delete section.dataset.brief;
    const url = link.href.replace(/#.*/, "");
    try {
      const whole = await fetched(url);
      if (whole) showRows(section, whole, url);
    } catch {
      // Offline: at the next opening, again.
      section.dataset.brief = "";
    }
  };

  const completeAll = () => {
    for (const section of document.querySelectorAll(".this-tests[data-brief]")) {
      section.addEventListener("toggle", event => event.target === section && section.open && complete(section));
      if (section.open) complete(section);
    }
  };

  const value = (row, column) => {
    const text = row.cells[column].textContent.trim();
    return column ? Number(text.replace(/\D/g, "")) : text;
  };

  const sort = (overview, column, direction) => {
    const sign = direction === "descending" ? -1 : 1;
    const compare = (a, b) => (a[0] < b[0] ? -1 : a[0] > b[0] ? 1 : 0) * sign || a[1] - b[1];
    for (const table of overview.querySelectorAll("table")) {
      const body = table.tBodies[0];
      const rows = [...body.rows].map((row, index) => [value(row, column), index, row]);
      body.append(...rows.sort(compare).map(entry => entry[2]));
      for (const head of table.tHead.rows[0].cells) {
        head.setAttribute("aria-sort", head.cellIndex === column ? direction : "none");
      }
    }
  };

  const addSorting = overview => {
    for (const head of overview.querySelectorAll("thead th")) {
      const button = document.createElement("button");
      button.type = "button";
      button.append(...head.childNodes);
      head.append(button);
      head.setAttribute("aria-sort", head.cellIndex ? "none" : "ascending");
      button.addEventListener("click", () => {
        const now = head.getAttribute("aria-sort");
        // Numbers begin with the largest, names with the first.
        const first = head.cellIndex ? "descending" : "ascending";
        const other = head.cellIndex ? "ascending" : "descending";
        sort(overview, head.cellIndex, now === first ? other : first);
      });
    }
  };

  const addFilter = overview => {
    const form = overview.querySelector(".this-tests-filter");
    const [search, missing, ...filters] = form.querySelectorAll("input");
    let rows;
    const modules = [...overview.querySelectorAll(".this-tests-module")].map(module => [module, module.open]);
    const filter = () => {
      // Not before it is needed: ten thousand rows take a quarter of a second.
      rows ??= [...overview.querySelectorAll("tbody tr")].map(row => [row.dataset.api.toLowerCase(), row]);
      const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
      const chosen = filters.filter(box => box.checked).map(box => box.value);
      const all = !words.length && !missing.checked && !chosen.length;
      let shown = 0;
      for (const [name, row] of rows) {
        const kept = (row.dataset.keptBy ?? "").split(" ");
        const fits = words.every(word => name.includes(word)) && chosen.every(name => kept.includes(name));
        row.hidden = !fits || (missing.checked && !row.classList.contains("this-tests-none"));
        shown += !row.hidden;
      }
      for (const [module, open] of modules) {
        const found = all || module.querySelector("tbody tr:not([hidden])") !== null;
        module.hidden = !found;
        module.open = all ? open : found;
      }
      form.querySelector("output").textContent = all ? "" : form.dataset.found.replace("{number}", shown);
    };
    form.addEventListener("input", filter);
    form.addEventListener("submit", event => event.preventDefault());
    form.hidden = false;
  };

  const start = () => {
    addCopyButtons();
    completeAll();
    for (const overview of document.querySelectorAll(".this-tests-overview")) {
      addSorting(overview);
      addFilter(overview);
    }
  };

  // Material's instant loading exchanges the page and runs no script again, but tells of each page, and of this one.
  if (window.document$) {
    window.document$.subscribe(start);
  } else {
    start();
  }
})();
