"use strict";
(async () => {
  const one = (selector, within = document) => within.querySelector(selector);
  const all = (selector, within = document) => [...within.querySelectorAll(selector)];

  async function unpacked(id) {
    const packed = Uint8Array.from(atob(one(id).textContent), (c) => c.charCodeAt(0));
    const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"));
    return new Response(stream).text();
  }

  const page = JSON.parse(await unpacked("#data"));
  for (const place of all("[data-part]")) place.innerHTML = page.parts[place.dataset.part];
  const form = one("#filter");
  const BEYOND = page.beyond;

  // What is chosen.

  function chosen() {
    const fields = new FormData(form);
    const set = (name) => new Set(fields.getAll(name));
    const words = String(fields.get("words")).toLowerCase().split(/\s+/).filter(Boolean);
    return { words, dtype: set("dtype"), mode: set("mode"), verdict: set("verdict") };
  }

  const admits = (set, value) => set.size === 0 || set.has(value);

  function matches(entry, choice) {
    return ["dtype", "mode", "verdict"].every((name) => admits(choice[name], entry[name])) &&
      choice.words.every((word) => entry.text.includes(word));
  }

  const cells = all(".claimed tbody tr[class]").map((row) => {
    const claim = row.closest(".claimed"), routine = row.closest(".routine");
    const text = `${routine.dataset.name} ${claim.dataset.name} `.toLowerCase();
    const [dtype, mode] = [row.cells[0].textContent, row.cells[1].textContent];
    return { row, claim, routine, dtype, mode, verdict: row.className, text: text + dtype + mode };
  });
  const findings = all("#findings article").map((article) => ({
    article, ...article.dataset, text: article.dataset.text.toLowerCase(),
  }));
  const patches = all(".matrix tbody tr").map((row) => ({
    row, name: row.dataset.name,
    squares: [...row.cells].slice(1).map((cell, i) => ({ cell, column: page.columns[i] })),
  }));

  patches.forEach(({ squares }, i) => squares.forEach(({ cell }, j) => {
    if (page.hints[i][j]) cell.title = page.hints[i][j];
  }));

  let drawnFor = ""; // the dtypes and modes: words and verdicts choose no points

  function filter() {
    const choice = chosen();
    const any = choice.words.length + choice.dtype.size + choice.mode.size + choice.verdict.size > 0;
    const claims = new Set(), routines = new Set();
    let shown = 0;
    for (const cell of cells) {
      const fits = matches(cell, choice);
      cell.row.hidden = !fits;
      if (fits) { claims.add(cell.claim); routines.add(cell.routine); shown += 1; }
    }
    for (const claim of all(".claimed")) claim.hidden = any && !claims.has(claim);
    for (const line of all(".counted tbody tr")) {
      line.hidden = any && !claims.has(document.getElementById(one("a", line).hash.slice(1)));
    }
    for (const routine of all(".routine")) routine.hidden = any && !routines.has(routine);
    const names = new Set([...routines].map((routine) => routine.dataset.name));
    for (const line of all("[data-routine-name]")) {
      line.hidden = any && !names.has(line.dataset.routineName);
    }
    for (const { row, name, squares } of patches) {
      row.hidden = any && !names.has(name);
      for (const { cell, column } of squares) {
        cell.classList.toggle("off", !(admits(choice.dtype, column[0]) && admits(choice.mode, column[1])));
      }
    }
    let told = 0;
    for (const finding of findings) {
      finding.article.hidden = !matches(finding, choice);
      told += finding.article.hidden ? 0 : 1;
    }
    one("#shown").textContent = any
      ? `Shown: ${shown} of ${cells.length} cells in ${names.size} ${names.size === 1 ? "routine" : "routines"}, ` +
        `${told} of ${findings.length} findings.`
      : `All ${cells.length} cells and ${findings.length} findings are shown.`;
    const key = JSON.stringify([[...choice.dtype], [...choice.mode]]);
    if (key !== drawnFor) all(".charts").forEach(stale);
    drawnFor = key;
  }

  // From written data to rows: the same as charts.py does.

  const value = (written) => written === null || written === undefined ? null
    : Math.abs(written) < BEYOND ? 10 ** (written / 1000) : written > 0 ? Infinity : 0;

  function text(number) {
    if (number === null) return "–";
    if (number === Infinity) return "∞";
    return String(Number(number.toPrecision(3)));
  }

  function tables(data, choice) {
    const [low, high] = data.edges.error.map((decade) => 10 ** decade);
    const [left, right] = data.edges.condition.map((decade) => 10 ** decade);
    const inside = (number) => number === null ? null : Math.min(Math.max(number, low), high);
    const fits = (dtype, who) => admits(choice.dtype, dtype) &&
      (page.modes.includes(who) ? admits(choice.mode, who) : true);
    const points = [];
    let i = 0;
    for (const [dtype, who, count] of data.series) {
      for (const end = i + count; i < end; i += 1) {
        if (!fits(dtype, who)) continue;
        const [condition, error, bound, rival] =
          ["condition", "error", "bound", "rival"].map((name) => value(data[name][i]));
        const scale = data.scale[i] ?? null;
        points.push({
          dtype, of: `${dtype}, ${who}`, broken: data.broken[i] === "1", condition,
          error: inside(error), bound, rival: inside(rival), scale, size: data.size[i] ?? null,
          structure: data.structures[data.structure[i]], error_text: text(error),
          bound_text: text(bound), share_text: text(error === 0 ? 0 : error / bound),
          condition_text: text(condition), rival_text: text(rival),
          scale_text: scale === null ? "–" : `2^${scale}`,
        });
      }
    }
    const shares = data.shares.flatMap(([dtype, who, first, parts]) => fits(dtype, who)
      ? parts.map((part, j) => ({
        dtype, who, rival: !page.modes.includes(who), part,
        middle: 2 ** (first + j - 0.5),
      })) : []);
    const digits = data.digits.flatMap(([dtype, who, median, worst, capacity]) => fits(dtype, who)
      ? [{ dtype, who, rival: !page.modes.includes(who), median, worst, capacity }] : []);
    const growth = data.growth.filter(([dtype]) => admits(choice.dtype, dtype))
      .map(([dtype, size, error]) => ({ dtype, size, error: inside(value(error)) }));
    const band = data.band.map(([decade, least, most]) => ({
      condition: 10 ** decade, least: inside(value(least)), most: inside(value(most)),
    }));
    return {
      points, shares, digits, growth, band, equal: [{ x: low }, { x: high }],
      diagonal: [{ x: Math.max(left, low) }, { x: Math.min(right, high) }],
    };
  }

  // Drawing, once a chart comes near the screen.

  let waiting = null;
  const library = () => (waiting ??= loaded());

  async function loaded() {
    const source = new Blob([await unpacked("#library")], { type: "text/javascript" });
    const address = URL.createObjectURL(source);
    await new Promise((resolve, reject) => {
      const script = document.createElement("script");
      Object.assign(script, { src: address, onload: resolve, onerror: reject });
      document.head.append(script);
    });
    URL.revokeObjectURL(address);
    return window.vegaEmbed;
  }

  const has = (name, rows) =>
    name in rows ? rows[name].length > 0 : rows.points.some((row) => row[name] !== null);

  async function draw(charts) {
    charts.dataset.state = "drawing";
    const grid = one(".grid", charts);
    const made = one("#figures").content;
    if (!one(".key", charts)) one(".pick", charts).append(one(".key", made).cloneNode(true));
    for (const figure of all("figure", made)) {
      const chart = figure.dataset.chart;
      grid.append(one(`[data-chart=${chart}]`, grid) ?? figure.cloneNode(true));
    }
    const embed = await library();
    const data = page.routines[charts.dataset.routine][one("select", charts).value];
    const rows = tables(data, chosen());
    for (const figure of all("figure", charts)) {
      const name = figure.dataset.chart;
      const plot = one(".plot", figure);
      figure.hidden = !has(name, rows);
      if (figure.hidden) continue;
      const spec = structuredClone(page.specs[name]);
      const width = Math.floor(plot.clientWidth);
      if (spec.spec) spec.spec.width = width - 8; else spec.width = width;
      for (const parameter of spec.params) {
        const [end, axis] = parameter.name.split("_");
        const [low, high] = data.edges[axis];
        const ticks = [];
        for (let decade = low; decade <= high; decade += Math.max(Math.ceil((high - low) / page.ticks), 1)) {
          ticks.push(10 ** decade);
        }
        parameter.value = { lowest: 10 ** low, highest: 10 ** high, ticks }[end];
      }
      spec.datasets = rows;
      const canvas = document.createElement("div");
      plot.replaceChildren(canvas);
      await embed(canvas, spec, {
        actions: false, renderer: "svg", ast: true,
        logLevel: 1, // errors: that a dtype without a rival draws none of it is no news
      });
      plot.dataset.drawn = name;
      const words = data.words[name] ?? "";
      one(".words", figure).textContent = words;
      plot.setAttribute("aria-label", `${one(".title", figure).textContent}. ${words}`);
      table(one("details", figure), data.figures[name]);
    }
    charts.dataset.state = "drawn";
  }

  function table(details, lines) {
    details.hidden = !lines;
    if (!lines) return;
    const made = document.createElement("table");
    lines.forEach((line, i) => {
      const row = (i ? made.tBodies[0] ?? made.createTBody() : made.createTHead()).insertRow();
      line.forEach((entry, j) => {
        const cell = document.createElement(i && j ? "td" : "th");
        if (!(i && j)) cell.scope = i ? "row" : "col";
        cell.className = j ? "n" : "";
        cell.textContent = entry;
        row.append(cell);
      });
    });
    one(".scroll", details).replaceChildren(made);
  }

  const near = new IntersectionObserver((entries) => {
    for (const { target, isIntersecting } of entries) {
      if (isIntersecting) { near.unobserve(target); draw(target).catch(failed(target)); }
    }
  }, { rootMargin: "400px" });

  function stale(charts) { near.unobserve(charts); near.observe(charts); }

  const failed = (charts) => (error) => {
    charts.dataset.state = "failed";
    console.error("charts were not drawn:", error);
  };

  for (const charts of all(".charts")) {
    const select = one("select", charts);
    page.routines[charts.dataset.routine].forEach((data, i) => select.add(new Option(data.claim, i)));
    select.disabled = false;
    select.addEventListener("change", () => draw(charts).catch(failed(charts)));
  }
  let width = window.innerWidth;
  window.addEventListener("resize", () => {
    if (window.innerWidth !== width) all(".charts").forEach(stale);
    width = window.innerWidth;
  });

  // Scripts that one click copies.

  for (const script of all("pre.script")) {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = "Copy";
    button.addEventListener("click", async () => {
      try {
        await navigator.clipboard.writeText(script.textContent);
      } catch {
        window.getSelection().selectAllChildren(script);
        document.execCommand("copy");
      }
      button.textContent = "Copied";
      setTimeout(() => { button.textContent = "Copy"; }, 2000);
    });
    script.before(button);
  }

  // A link into what is closed opens it.

  function reveal() {
    const target = document.getElementById(location.hash.slice(1));
    const inside = target?.closest("details:not([open])");
    if (!inside) return;
    inside.open = true;
    target.scrollIntoView();
  }
  window.addEventListener("hashchange", reveal);
  reveal();

  // On paper all is open, whatever the screen shows.

  let closed = [];
  window.addEventListener("beforeprint", () => {
    closed = all("details:not([open])");
    for (const details of closed) details.open = true;
  });
  window.addEventListener("afterprint", () => {
    for (const details of closed) details.open = false;
  });

  form.hidden = false;
  form.addEventListener("input", filter);
  form.addEventListener("reset", () => setTimeout(filter));
  form.addEventListener("submit", (event) => event.preventDefault());
  filter();
})().catch((error) => console.error("the page was not set up:", error));
