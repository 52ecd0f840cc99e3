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

const root = document.documentElement;
const colour = (name) => getComputedStyle(root).getPropertyValue(`--cp-${name}`).trim();

/** A vertical line from low to high beside each bar's end, with caps. */
function whisker(series, index, total) {
  return {
    type: "custom",
    name: series.name,
    silent: true,
    z: 5,
    tooltip: { show: false },
    data: series.values.map((value, at) => [at, series.low[at], series.high[at]]).filter((row) => row[1] !== null),
    encode: { x: 0, y: [1, 2] },
    renderItem(params, api) {
      const layout = api.barLayout({ count: total, barMaxWidth: 36 })[index];
      const x = api.coord([api.value(0), api.value(1)])[0] + layout.offsetCenter;
      const [low, high] = [1, 2].map((side) => api.coord([api.value(0), api.value(side)])[1]);
      const style = { stroke: colour("ink-2"), lineWidth: 1.5 };
      const line = (x1, y1, x2, y2) => ({ type: "line", shape: { x1, y1, x2, y2 }, style });
      return { type: "group", children: [line(x, low, x, high), line(x - 4, low, x + 4, low), line(x - 4, high, x + 4, high)] };
    },
  };
}

/** The interval as a band: an unseen floor with the height of the interval stacked on it. */
function band(series, index) {
  const shared = { type: "line", stack: `band ${index}`, symbol: "none", silent: true, tooltip: { show: false } };
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

function drawnSeries(data) {
  return data.series.slice(0, MOST_SERIES).flatMap((series, index) => {
    const tint = colour(`chart-${index + 1}`);
    if (data.kind === "bar") {
      const bars = { type: "bar", name: series.name, data: series.values, barMaxWidth: 36, itemStyle: { color: tint, borderRadius: 4 } };
      return series.low ? [bars, whisker(series, index, data.series.length)] : [bars];
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
      endLabel: { show: data.series.length > 1, formatter: "{a}", color: colour("ink") },
    };
    return series.low ? [...band(series, index), line] : [line];
  });
}

function optionsFor(data, description) {
  const mirrored = root.dir === "rtl";
  const numbers = new Intl.NumberFormat(root.lang, { maximumFractionDigits: data.decimals ?? 0 });
  const text = { color: colour("ink-2"), fontSize: 12, fontFamily: getComputedStyle(document.body).fontFamily };
  const several = data.series.length > 1;
  return {
    animation: false,
    aria: { enabled: true, label: { description } },
    textStyle: text,
    grid: { top: 16, bottom: several && data.kind === "bar" ? 36 : 8, left: 8, right: several && data.kind === "line" ? 110 : 16, containLabel: true },
    legend: several && data.kind === "bar" ? { bottom: 0, textStyle: text, icon: "rect", data: data.series.map((one) => one.name) } : undefined,
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
      axisLine: { lineStyle: { color: colour("line-strong") } },
      axisTick: { show: false },
    },
    yAxis: {
      type: "value",
      position: mirrored ? "right" : "left",
      min: data.min ?? 0,
      max: data.max,
      axisLabel: { ...text, formatter: (value) => numbers.format(value) },
      splitLine: { lineStyle: { color: colour("line") } },
    },
    series: drawnSeries(data),
  };
}

function draw(figure) {
  const data = JSON.parse(document.getElementById(figure.dataset.chart).textContent);
  const plot = figure.querySelector("[data-chart-plot]");
  plot.hidden = false;
  const table = figure.querySelector(".cp-data");
  if (table) table.open = false;
  const chart = init(plot, null, { renderer: "svg" });
  const redraw = () => chart.setOption(optionsFor(data, figure.getAttribute("aria-label")), true);
  redraw();
  new ResizeObserver(() => chart.resize()).observe(plot);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", redraw);
  new MutationObserver(redraw).observe(root, { attributeFilter: ["data-bs-theme"] });
}

document.querySelectorAll("[data-chart]").forEach(draw);
