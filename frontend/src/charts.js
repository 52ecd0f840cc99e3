// Draws the charts of a page. The page itself stays readable without: each figure brings its table.
//
//   <figure class="cp-chart" data-chart="id of a json_script" aria-label="the finding in a sentence">
//     <figcaption>unit and n</figcaption>
//     <div class="cp-plot-box" data-chart-plot hidden></div>
//     <details class="cp-data" open><summary>Show as a table</summary> ... </details>
//   </figure>
//
// The data: { kind: "line" | "bar", categories: [...], min, max, decimals,
//             series: [{ name, values: [number | null], low: [...], high: [...] }] }
// ``inverse``: the smallest value stands at the top, as places in an order do.
// null is a value that may not be shown: the line breaks there and never bridges it. low and high are the
// ends of its 95 % interval and may be left out.
import { BarChart, CustomChart, LineChart } from "echarts/charts";
import { AriaComponent, GridComponent, LegendComponent, TooltipComponent } from "echarts/components";
import { init, use } from "echarts/core";
import { SVGRenderer } from "echarts/renderers";

use([BarChart, CustomChart, LineChart, AriaComponent, GridComponent, LegendComponent, TooltipComponent, SVGRenderer]);

const DASHES = ["solid", [6, 4], [2, 3], [10, 4, 2, 4], [1, 4]];
const SHAPES = ["circle", "rect", "triangle", "diamond", "roundRect"];
const MOST_SERIES = DASHES.length;
const BAR = 36;
// Room for the names of lines at their end; a narrower plot has a legend below instead.
const END_LABELS = 110;
const ROOM_FOR_END_LABELS = 480;

const root = document.documentElement;
const colour = (name) => getComputedStyle(root).getPropertyValue(`--cp-${name}`).trim();

/** The interval as a vertical line with caps, `shift(api)` pixels beside the middle of its category. */
function whisker(series, rows, shift) {
  return {
    type: "custom",
    name: series.name,
    silent: true,
    z: 5,
    tooltip: { show: false },
    data: rows.map((at) => [at, series.low[at], series.high[at]]),
    encode: { x: 0, y: [1, 2] },
    renderItem(params, api) {
      const x = api.coord([api.value(0), api.value(1)])[0] + shift(api);
      const [low, high] = [1, 2].map((side) => api.coord([api.value(0), api.value(side)])[1]);
      const style = { stroke: colour("ink-2"), lineWidth: 1.5 };
      const line = (x1, y1, x2, y2) => ({ type: "line", shape: { x1, y1, x2, y2 }, style });
      return { type: "group", children: [line(x, low, x, high), line(x - 4, low, x + 4, low), line(x - 4, high, x + 4, high)] };
    },
  };
}

/** The interval as a band: an unseen floor with the height of the interval stacked on it. */
function band(series, index) {
  const shared = { type: "line", stack: `band ${index}`, stackStrategy: "all", symbol: "none", silent: true, tooltip: { show: false } };
  return [
    { ...shared, data: series.low, lineStyle: { opacity: 0 } },
    {
      ...shared,
      data: series.high.map((high, at) => (high === null ? null : high - series.low[at])),
      lineStyle: { opacity: 0 },
      areaStyle: { color: colour(`chart-${index + 1}`), opacity: 0.15 },
    },
  ];
}

/** Where a value is shown, as places on the axis. */
const shown = (series) => [...series.values.keys()].filter((at) => series.values[at] !== null);

/** A value with nothing beside it has no line and no band: its interval stands as a whisker. */
function alone(series) {
  const missing = (at) => (series.values[at] ?? null) === null;
  return shown(series).filter((at) => missing(at - 1) && missing(at + 1));
}

function drawnSeries(data, labelAtEnd) {
  const mirrored = root.dir === "rtl";
  return data.series.slice(0, MOST_SERIES).flatMap((series, index) => {
    const tint = colour(`chart-${index + 1}`);
    if (data.kind === "bar") {
      const bars = { type: "bar", name: series.name, data: series.values, barMaxWidth: BAR, itemStyle: { color: tint, borderRadius: 4 } };
      const besideOthers = (api) => api.barLayout({ count: data.series.length, barMaxWidth: BAR })[index].offsetCenter;
      return series.low ? [bars, whisker(series, shown(series), besideOthers)] : [bars];
    }
    const line = {
      type: "line",
      name: series.name,
      data: series.values,
      connectNulls: false,
      symbol: SHAPES[index],
      symbolSize: 8,
      lineStyle: { color: tint, width: 2.25, type: DASHES[index] },
      itemStyle: { color: tint },
      endLabel: {
        show: labelAtEnd,
        formatter: "{a}",
        color: colour("ink"),
        align: mirrored ? "right" : "left",
        offset: mirrored ? [-24, 0] : [0, 0],
      },
    };
    return series.low ? [...band(series, index), line, whisker(series, alone(series), () => 0)] : [line];
  });
}

function optionsFor(data, description, width) {
  const mirrored = root.dir === "rtl";
  const numbers = new Intl.NumberFormat(root.lang, { maximumFractionDigits: data.decimals ?? 0 });
  const text = { color: colour("ink-2"), fontSize: 12, fontFamily: getComputedStyle(document.body).fontFamily };
  const several = data.series.length > 1;
  const labelAtEnd = several && data.kind === "line" && width >= ROOM_FOR_END_LABELS;
  const legend = several && !labelAtEnd;
  const edges = { start: 8, end: labelAtEnd ? END_LABELS : 16 };
  return {
    animation: false,
    aria: { enabled: true, label: { description } },
    textStyle: text,
    grid: {
      top: 16,
      bottom: legend ? 36 : 8,
      left: mirrored ? edges.end : edges.start,
      right: mirrored ? edges.start : edges.end,
      containLabel: true,
    },
    legend: legend ? { bottom: 0, textStyle: text, data: data.series.map((one) => one.name) } : undefined,
    tooltip: {
      trigger: "axis",
      renderMode: "richText",
      confine: true,
      backgroundColor: colour("surface"),
      borderColor: colour("line-strong"),
      textStyle: { ...text, color: colour("ink") },
      valueFormatter: (value) => (typeof value === "number" ? numbers.format(value) : "–"),
    },
    xAxis: {
      type: "category",
      data: data.categories,
      inverse: mirrored,
      axisLabel: { ...text, hideOverlap: true },
      axisLine: { onZero: false, lineStyle: { color: colour("line-strong") } },
      axisTick: { show: false },
    },
    yAxis: {
      type: "value",
      position: mirrored ? "right" : "left",
      min: data.min ?? 0,
      max: data.max,
      inverse: Boolean(data.inverse),
      axisLabel: { ...text, formatter: (value) => numbers.format(value) },
      splitLine: { lineStyle: { color: colour("line") } },
    },
    series: drawnSeries(data, labelAtEnd),
  };
}

function draw(figure) {
  const data = JSON.parse(document.getElementById(figure.dataset.chart).textContent);
  const plot = figure.querySelector("[data-chart-plot]");
  plot.hidden = false;
  const table = figure.querySelector(".cp-data");
  if (table) table.open = false;
  const chart = init(plot, null, { renderer: "svg" });
  const redraw = () => chart.setOption(optionsFor(data, figure.getAttribute("aria-label"), plot.clientWidth), true);
  redraw();
  new ResizeObserver(() => {
    chart.resize();
    redraw();
  }).observe(plot);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", redraw);
  new MutationObserver(redraw).observe(root, { attributeFilter: ["data-bs-theme"] });
}

document.querySelectorAll("[data-chart]").forEach(draw);
