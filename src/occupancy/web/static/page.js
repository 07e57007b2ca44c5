// Pictures that follow the page, sliders, rows of a form. Everything works without it, less quickly.
"use strict";
(() => {
  const views = new Map(); // id of a figure -> its Vega views
  const latest = new Map(); // id of a figure -> rows by name, as they came last
  const asked = new Map(); // address -> promise of specifications
  const vegaUrl = document.currentScript.dataset.vega;
  let vega;

  const library = () => (vega ??= import(vegaUrl).then(() => window.vegaEmbed));

  const lines = (columns) => {
    const keys = Object.keys(columns);
    const size = keys.length ? columns[keys[0]].length : 0;
    return Array.from({ length: size }, (_, i) => Object.fromEntries(keys.map((k) => [k, columns[k][i]])));
  };

  const specifications = (url) => {
    if (!asked.has(url)) {
      asked.set(url, fetch(url, { headers: { Accept: "application/json" } }).then((r) => {
        if (!r.ok) throw new Error(`pictures: ${r.status}`);
        return r.json();
      }));
      asked.get(url).catch(() => asked.delete(url));
    }
    return asked.get(url);
  };

  async function draw(figure) {
    if (figure.dataset.drawn) return;
    figure.dataset.drawn = "yes";
    const [embed, found] = await Promise.all([library(), specifications(figure.dataset.picture)]);
    const panels = found[figure.id] ?? found.panels ?? [];
    const rows = latest.get(figure.id) ?? found.rows ?? {};
    const place = figure.querySelector(".panels");
    place.replaceChildren();
    const made = [];
    for (const panel of panels) {
      const div = document.createElement("div");
      place.append(div);
      const wide = place.clientWidth > 520;
      const legend = {
        ...panel.config?.legend,
        columns: wide ? 2 : 1,
        labelLimit: wide ? place.clientWidth / 2 - 60 : place.clientWidth - 90,
        titleLimit: place.clientWidth - 60,
        layout: { bottom: { anchor: "start", direction: "vertical" }, top: { anchor: "start", direction: "vertical" } },
      };
      const datasets = Object.fromEntries(Object.entries(rows).map(([name, c]) => [name, Array.isArray(c) ? c : lines(c)]));
      const one = await embed(div, { ...panel, config: { ...panel.config, legend }, datasets: { ...panel.datasets, ...datasets } }, {
        ast: true, actions: false, renderer: "svg", defaultStyle: false, tooltip: false, mode: "vega-lite",
      });
      made.push(one.view);
    }
    views.set(figure.id, made);
    place.dataset.ready = "yes";
    if (latest.get(figure.id) && latest.get(figure.id) !== rows) update(figure.id);
  }

  function update(id) {
    const rows = latest.get(id);
    for (const view of views.get(id) ?? []) {
      let changed = false;
      for (const [name, columns] of Object.entries(rows)) {
        try {
          view.data(name, lines(columns));
          changed = true;
        } catch {
          // this panel shows something else
        }
      }
      if (changed) view.runAsync();
    }
  }

  function read(root) {
    for (const script of root.querySelectorAll("script.rows")) {
      for (const [id, rows] of Object.entries(JSON.parse(script.textContent))) {
        const merged = { ...latest.get(id) };
        for (const [name, columns] of Object.entries(rows)) {
          // What a dose does not change, such as the days, is sent once.
          merged[name] = { ...merged[name], ...columns };
        }
        latest.set(id, merged);
        if (views.has(id) && document.getElementById(id)?.dataset.drawn) update(id);
      }
      script.remove();
    }
    for (const figure of root.querySelectorAll("[data-picture]")) {
      if (!figure.dataset.drawn) {
        for (const view of views.get(figure.id) ?? []) view.finalize();
        views.delete(figure.id);
        draw(figure).catch((error) => {
          figure.querySelector(".panels").textContent = "The picture could not be drawn; the numbers stand beside it.";
          console.error(error);
        });
      }
    }
    for (const slide of root.querySelectorAll("input.slide[hidden]")) slide.hidden = false;
    for (const one of root.querySelectorAll("[data-script][hidden]")) one.hidden = false;
  }

  document.addEventListener("input", (event) => {
    const target = event.target;
    if (target.matches("input.slide")) {
      const number = document.getElementById(target.dataset.for);
      number.value = target.value;
      window.htmx?.trigger(number, "slide");
    } else if (target.id.startsWith("dose")) {
      const slide = document.querySelector(`input.slide[data-for="${target.id}"]`);
      if (slide) slide.value = target.value;
    }
  });

  document.addEventListener("change", (event) => {
    const form = event.target.closest("#ask");
    if (form && event.target.matches("input.slide, [id^=dose]")) {
      const given = [...new FormData(form)].filter(([, value]) => value !== "");
      history.replaceState(history.state, "", `?${new URLSearchParams(given)}`);
    }
  });

  document.addEventListener("click", (event) => {
    const add = event.target.closest("[data-add]");
    if (add) {
      const list = document.getElementById(add.dataset.add);
      const last = list.lastElementChild;
      const copy = last.cloneNode(true);
      copy.querySelectorAll(".wrong").forEach((one) => one.remove());
      const input = copy.querySelector("input");
      input.value = "";
      input.removeAttribute("aria-invalid");
      list.append(copy);
      input.focus();
    }
    const example = event.target.closest("[data-fill]");
    if (example) {
      const inputs = [...document.querySelectorAll(`#${example.dataset.fill} input`)];
      const empty = inputs.find((one) => !one.value.trim()) ?? inputs[inputs.length - 1];
      empty.value = example.textContent.trim();
      empty.focus();
    }
    if (event.target.closest("[data-print]")) window.print();
  });

  // A form is sent without what was left empty, so that its address can be read.
  document.addEventListener("submit", (event) => {
    if (event.target.method !== "get") return;
    for (const one of event.target.elements) {
      if (one.name && one.value === "") {
        one.disabled = true;
        setTimeout(() => (one.disabled = false), 0);
      }
    }
  });

  document.addEventListener("htmx:afterSettle", () => read(document));
  document.addEventListener("DOMContentLoaded", () => read(document));
  document.addEventListener("htmx:responseError", (event) => {
    const place = event.detail.target;
    if (place) place.dataset.failed = event.detail.xhr.status;
  });
  document.addEventListener("htmx:sendError", () => document.body.classList.add("away"));
  document.addEventListener("htmx:afterRequest", (event) => {
    if (event.detail.successful) document.body.classList.remove("away");
  });
})();
