// SPDX-License-Identifier: Apache-2.0
/**
 * Bar charts as SVG, by string: one row per server, one or two bars in it, an axis with its unit.
 *
 * No package, since a chart of bars is all that is drawn here. Colours come
 * from a style sheet inside the image that follows the reader's light or dark theme; every bar has
 * its figure beside it, so that nothing is told by colour alone.
 */

export interface Chart {
  readonly title: string;
  /** Unit of the axis. */
  readonly unit: string;
  /** Names of the bars of a row, if there are two. */
  readonly series: readonly string[];
  readonly rows: readonly ChartRow[];
  /** A line across all rows. */
  readonly mark?: { readonly label: string; readonly value: number };
  /** For figures that lie apart by powers of ten. All of them above 0. */
  readonly logarithmic?: boolean;
  /** Digits behind the point of the figures. */
  readonly digits: number;
}

export interface ChartRow {
  readonly label: string;
  readonly kind: "ours" | "peer" | "limit";
  readonly values: readonly (number | null)[];
}

const WIDTH = 760;
const LEFT = 130;
const RIGHT = 96;
const TOP = 60;
const BOTTOM = 44;
const BAR = 16;
const GAP = 10;
const FONT = "13px system-ui, -apple-system, 'Segoe UI', 'Liberation Sans', sans-serif";

const STYLE = `
  .paper { fill: #ffffff; }
  text { font: ${FONT}; fill: #1f2328; }
  .figure { paint-order: stroke; stroke: #ffffff; stroke-width: 4px; }
  .title { font-weight: 600; font-size: 15px; }
  .soft { fill: #59636e; }
  .grid { stroke: #d1d9e0; stroke-width: 1; }
  .mark { stroke: #9a6700; stroke-width: 1.5; stroke-dasharray: 5 3; }
  .ours { fill: #0969da; } .peer { fill: #8c959f; } .limit { fill: #bf8700; }
  .second { opacity: 0.55; }
  @media (prefers-color-scheme: dark) {
    .paper { fill: #0d1117; }
    text { fill: #e6edf3; }
    .figure { stroke: #0d1117; }
    .soft { fill: #9198a1; }
    .grid { stroke: #3d444d; }
    .mark { stroke: #d29922; }
    .ours { fill: #4493f8; } .peer { fill: #6e7681; } .limit { fill: #d29922; }
  }`;

/** The chart as the text of an SVG file. */
export function barChart(chart: Chart): string {
  const bars = Math.max(1, chart.series.length);
  const rowHeight = bars * BAR + GAP;
  const height = TOP + chart.rows.length * rowHeight + BOTTOM;
  const scale = scaleOf(chart);
  const bottom = height - BOTTOM;
  const parts = [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${height}" viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="${escapeXml(chart.title)}">`,
    `<style>${STYLE}</style>`,
    `<rect class="paper" width="100%" height="100%" rx="6"/>`,
    `<text class="title" x="12" y="22">${escapeXml(chart.title)}</text>`,
    ...scale.ticks.flatMap((tick) => [
      `<line class="grid" x1="${scale.at(tick)}" x2="${scale.at(tick)}" y1="${TOP - 6}" y2="${bottom}"/>`,
      `<text class="soft" x="${scale.at(tick)}" y="${bottom + 17}" text-anchor="middle">${tickText(tick)}</text>`,
    ]),
    `<text class="soft" x="${LEFT + (WIDTH - LEFT - RIGHT) / 2}" y="${bottom + 35}" text-anchor="middle">${escapeXml(axisText(chart))}</text>`,
    ...markParts(chart, scale, bottom),
    ...chart.rows.flatMap((row, i) => rowParts(chart, row, TOP + i * rowHeight, scale)),
    "</svg>",
  ];
  return `${parts.join("\n")}\n`;
}

function axisText({ unit, series, logarithmic }: Chart): string {
  const names = series.length > 1 ? `: ${series.join(" above ")}` : "";
  return `${unit}${names}${logarithmic === true ? " (logarithmic)" : ""}`;
}

function rowParts(chart: Chart, row: ChartRow, top: number, scale: Scale): readonly string[] {
  const height = row.values.length * BAR;
  const parts = [
    `<text x="${LEFT - 8}" y="${top + height / 2 + 4}" text-anchor="end">${escapeXml(row.label)}</text>`,
  ];
  for (const [i, value] of row.values.entries()) {
    const y = top + i * BAR;
    if (value === null) {
      parts.push(`<text class="soft" x="${LEFT + 4}" y="${y + 12}">–</text>`);
      continue;
    }
    const end = scale.at(value);
    const kind = i === 0 ? row.kind : `${row.kind} second`;
    parts.push(
      `<rect class="${kind}" x="${LEFT}" y="${y}" width="${Math.max(1, end - LEFT).toFixed(1)}" height="${BAR - 2}" rx="2"/>`,
      `<text class="soft figure" x="${(Math.max(LEFT + 1, end) + 5).toFixed(1)}" y="${y + 12}">${valueText(value, chart.digits)}</text>`,
    );
  }
  return parts;
}

function markParts({ mark }: Chart, scale: Scale, bottom: number): readonly string[] {
  if (mark === undefined) return [];
  const x = scale.at(mark.value);
  return [
    `<line class="mark" x1="${x}" x2="${x}" y1="${TOP - 8}" y2="${bottom}"/>`,
    `<text class="soft" x="${x}" y="${TOP - 12}" text-anchor="middle">${escapeXml(mark.label)}</text>`,
  ];
}

interface Scale {
  readonly ticks: readonly number[];
  readonly at: (value: number) => number;
}

function scaleOf({ rows, mark, logarithmic }: Chart): Scale {
  const values = rows.flatMap((row) => row.values).filter((value) => value !== null);
  if (mark !== undefined) values.push(mark.value);
  const most = Math.max(1e-9, ...values);
  const place = (part: number): number =>
    Math.round((LEFT + Math.max(0, Math.min(1, part)) * (WIDTH - LEFT - RIGHT)) * 10) / 10;
  if (logarithmic === true) {
    const low = Math.floor(Math.log10(Math.max(1e-9, Math.min(...values, most))));
    const high = Math.max(low + 1, Math.ceil(Math.log10(most) - 1e-9));
    const ticks = Array.from({ length: high - low + 1 }, (_, i) => 10 ** (low + i));
    return { ticks, at: (value) => place((Math.log10(value) - low) / (high - low)) };
  }
  const step = niceStep(most / 5);
  const end = Math.ceil(most / step - 1e-9) * step;
  const ticks = Array.from({ length: Math.round(end / step) + 1 }, (_, i) => i * step);
  return { ticks, at: (value) => place(value / end) };
}

/** The smallest of 1, 2, 2.5, 5 times a power of ten that is not below. */
export function niceStep(least: number): number {
  const power = 10 ** Math.floor(Math.log10(least));
  const factor = [1, 2, 2.5, 5, 10].find((one) => one * power >= least * (1 - 1e-9)) ?? 10;
  return factor * power;
}

function tickText(value: number): string {
  if (value >= 10_000) return `${Number((value / 1000).toPrecision(6))}k`;
  return String(Number(value.toPrecision(6)));
}

function valueText(value: number, digits: number): string {
  return value.toLocaleString("en", {
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  });
}

function escapeXml(text: string): string {
  return text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;");
}
