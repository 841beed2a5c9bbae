'use strict';
(() => {
  const byId = id => document.getElementById(id);
  const state = byId('state'), pause = byId('pause');
  const source = '?live&cache=' + encodeURIComponent(document.body.dataset.cache);
  const texts = {}, pointed = {};

  const make = (tag, cls, text) => {
    const e = document.createElement(tag);
    if (cls) e.className = cls;
    if (text !== undefined) e.textContent = text;
    return e;
  };
  const svg = (tag, attributes) => {
    const e = document.createElementNS('http://www.w3.org/2000/svg', tag);
    for (const [k, v] of Object.entries(attributes)) e.setAttribute(k, v);
    return e;
  };
  const say = text => { if (state.textContent !== text) state.textContent = text; };

  // fill makes a table's cell show what the server says; one that shows it already is left alone, with its focus.
  function fill(td, cell) {
    const now = JSON.stringify(cell);
    if (td.shows === now) return;
    td.shows = now;
    td.title = cell.title || '';
    if (!cell.title) td.removeAttribute('title');
    const parts = [];
    if (cell.href) {
      const a = make('a', '', cell.text);
      a.setAttribute('href', cell.href);
      parts.push(a);
    } else if (cell.class) {
      parts.push(make('span', 'dot ' + cell.class, cell.text));
    } else {
      parts.push(cell.text);
    }
    if (cell.bar) {
      const bar = svg('svg', {class: 'bar', viewBox: '0 0 100 4', preserveAspectRatio: 'none', 'aria-hidden': 'true'});
      bar.append(svg('path', {class: 'track', d: 'M0 2H100'}), svg('path', {class: 'fill', d: 'M0 2H' + cell.bar}));
      parts.push(bar);
    }
    if (cell.sub) parts.push(make('span', 'sub', cell.sub));
    td.replaceChildren(...parts);
  }

  function showTable(table) {
    const element = byId('table-' + table.id), body = element.tBodies[0], heads = element.tHead.rows[0].cells;
    const old = new Map([...body.rows].map(r => [r.dataset.key, r]));
    const rows = table.rows || [];
    rows.forEach((row, at) => {
      let tr = old.get(row.key);
      old.delete(row.key);
      if (!tr) {
        tr = make('tr');
        tr.dataset.key = row.key;
        row.cells.forEach((_, i) => {
          const td = make(i ? 'td' : 'th', heads[i].className);
          if (!i) td.scope = 'row';
          tr.append(td);
        });
      }
      if (body.rows[at] !== tr) {
        const focused = tr.contains(document.activeElement) && document.activeElement;
        body.insertBefore(tr, body.rows[at] || null);
        if (focused) focused.focus({preventScroll: true});
      }
      row.cells.forEach((cell, i) => fill(tr.cells[i], cell));
    });
    old.forEach(tr => tr.remove());
    element.hidden = !rows.length;
  }

  function showChart(chart) {
    const figure = byId('chart-' + chart.id), part = s => figure.querySelector(s);
    part('.line').setAttribute('d', chart.line);
    part('.area').setAttribute('d', chart.area);
    part('svg').setAttribute('aria-label', chart.label);
    part('.top').textContent = chart.top;
    texts[chart.id] = chart;
    point(figure, chart.id);
  }

  // point shows the value under the pointer, or the latest.
  function point(figure, id) {
    const chart = texts[id], part = s => figure.querySelector(s), x = pointed[id];
    if (!chart) return;
    const at = x === undefined ? -1 : chart.texts.length - 1 - (120 - x);
    const there = at >= 0 && at < chart.texts.length;
    part('.value').textContent = there ? chart.texts[at] : chart.value;
    part('.at').textContent = there && x < 120 ? (120 - x) + ' s ago' : 'now';
    part('.cursor').setAttribute('d', there ? 'M' + x + ' 0V40' : '');
  }
  for (const figure of document.querySelectorAll('.chart')) {
    const id = figure.id.slice('chart-'.length), plot = figure.querySelector('.plot');
    plot.addEventListener('pointermove', e => {
      const box = plot.getBoundingClientRect();
      pointed[id] = Math.max(0, Math.min(120, Math.round((e.clientX - box.left) / box.width * 120)));
      point(figure, id);
    });
    plot.addEventListener('pointerleave', () => { delete pointed[id]; point(figure, id); });
  }

  let paused = false, timer;
  async function look() {
    clearTimeout(timer);
    if (!paused && !document.hidden) {
      try {
        const answer = await fetch(source, {cache: 'no-store'});
        if (!answer.ok) throw new Error(answer.status);
        const live = await answer.json();
        if (!paused) {
          live.charts.forEach(showChart);
          live.tables.forEach(showTable);
          for (const fact of live.facts) {
            const dd = byId('fact-' + fact.id);
            dd.textContent = fact.text;
            dd.className = fact.class || '';
          }
          say('Live');
        }
      } catch {
        say('No answer from the server');
      }
    }
    clearTimeout(timer);
    timer = setTimeout(look, 1000);
  }
  pause.hidden = false;
  pause.addEventListener('click', () => {
    paused = !paused;
    pause.setAttribute('aria-pressed', paused);
    say(paused ? 'Paused' : 'Live');
    if (!paused) look();
  });
  document.addEventListener('visibilitychange', () => { if (!document.hidden) look(); });
  look();
})();
