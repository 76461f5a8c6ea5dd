// The map's drawing: points into pixels, names by how near one looks, what is under a pointer.
// Pixels are set in one array, since twenty thousand arcs a frame would not be smooth; what does not
// change from frame to frame (the array, colours, widths of names) is kept.

const CELL = 64; // cells of the grid that finds the nearest point, a side
const NAMES_AT = [0, 1.9, 4.2]; // zoom from which regions of each depth are named
const GAP = 6; // pixels between names

// What /api/map/points gives: columns of x, y and innermost region (uint16 each), level and list
// (uint8 each), in base64.
export function decode({ count: n, points, regions, lists }) {
  const buffer = Uint8Array.from(atob(points), (c) => c.charCodeAt(0)).buffer;
  const wide = (column) => new Uint16Array(buffer, 2 * n * column, n);
  return { n, x: wide(0), y: wide(1), region: wide(2), level: new Uint8Array(buffer, 6 * n, n), list: new Uint8Array(buffer, 7 * n, n), regions, lists };
}

// The region of depth 1 that each region lies in.
export function tops(regions) {
  const top = [];
  regions.forEach((region, i) => top.push(region.parent < 0 ? i : top[region.parent]));
  return top;
}

export function plane(canvas, overlay, points, { colours, nameOf }) {
  const look = { x: 0.5, y: 0.5, zoom: 1 };
  const grid = gridOf(points);
  let paint = null, own = null, image = null, pixels = null, lit = null, waiting = 0;
  const widths = new Map(); // of names, by font

  const ratio = () => Math.min(2, devicePixelRatio || 1);
  // How much wider than high the plane is drawn: as the sheet is, within what still looks like a map.
  const aspect = () => Math.max(0.8, Math.min(1.7, canvas.clientWidth / Math.max(1, canvas.clientHeight)));
  const scale = () => Math.min(canvas.clientWidth, canvas.clientHeight * aspect()) * 0.92 * look.zoom;
  const toScreen = (px, py) => [canvas.clientWidth / 2 + (px - look.x) * scale(), canvas.clientHeight / 2 - (py - look.y) * scale() / aspect()];
  const toPlane = (sx, sy) => [look.x + (sx - canvas.clientWidth / 2) / scale(), look.y - (sy - canvas.clientHeight / 2) * aspect() / scale()];

  function draw() {
    waiting = 0;
    const dots = ratio(), width = Math.round(canvas.clientWidth * dots), height = Math.round(canvas.clientHeight * dots);
    if (!width || !height) return;
    for (const layer of [canvas, overlay]) if (layer.width !== width || layer.height !== height) Object.assign(layer, { width, height });
    const context = canvas.getContext("2d");
    if (image?.width === width && image.height === height) pixels.fill(0);
    else {
      image = context.createImageData(width, height);
      pixels = new Uint32Array(image.data.buffer);
    }
    paint ??= colours();
    own ??= Uint32Array.from(points.x, (_, i) => paint.of(i));
    const half = Math.round(Math.min(7, 0.8 + 60 / Math.sqrt(points.n) + Math.sqrt(look.zoom)) * dots) >> 1;
    const s = scale() * dots / 65535, ox = width / 2 - look.x * scale() * dots, oy = height / 2 + look.y * scale() * dots / aspect(), sy = s / aspect();
    const stamp = (radius) => {
      const mask = disc(radius), steps = Int32Array.from(mask, ([dx, dy]) => dy * width + dx);
      return (i, colour) => {
        const cx = Math.round(ox + points.x[i] * s), cy = Math.round(oy - points.y[i] * sy);
        if (cx >= radius && cy >= radius && cx < width - radius && cy < height - radius) {
          const middle = cy * width + cx;
          for (let k = 0; k < steps.length; k++) pixels[middle + steps[k]] = colour;
        } else if (cx >= -radius && cy >= -radius && cx < width + radius && cy < height + radius) {
          for (const [dx, dy] of mask) {
            const px = cx + dx, py = cy + dy;
            if (px >= 0 && py >= 0 && px < width && py < height) pixels[py * width + px] = colour;
          }
        }
      };
    };
    const put = stamp(half);
    for (let i = 0; i < points.n; i++) put(i, lit ? paint.dim : own[i]);
    if (lit) {
      const larger = stamp(half + Math.round(2 * dots));
      for (const i of lit) larger(i, paint.lit);
    }
    context.putImageData(image, 0, 0);
    names(dots);
  }

  function names(dots) {
    const context = overlay.getContext("2d");
    context.setTransform(dots, 0, 0, dots, 0, 0);
    context.clearRect(0, 0, overlay.clientWidth, overlay.clientHeight);
    context.textAlign = "center";
    context.lineJoin = "round";
    const taken = [];
    points.regions.forEach((region) => {
      const next = NAMES_AT[region.depth] ?? Infinity;
      if (look.zoom < NAMES_AT[region.depth - 1] || (look.zoom >= next * 1.4 && region.depth < 3)) return;
      const name = nameOf(region);
      if (!name) return;
      const [x, y] = toScreen(region.x, region.y);
      if (x < -40 || y < 10 || x > overlay.clientWidth + 40 || y > overlay.clientHeight - 6) return;
      context.font = `${region.depth === 1 ? 600 : 500} ${[16, 13.5, 12][region.depth - 1] * (overlay.clientWidth < 520 ? 0.8 : 1)}px ${paint.font}`;
      const wide = widthOf(context, name) / 2 + GAP;
      const seat = Math.max(wide, Math.min(overlay.clientWidth - wide, x));
      if (taken.some(([ox, oy, half]) => Math.abs(oy - y) < 19 && Math.abs(ox - seat) < half + wide)) return;
      taken.push([seat, y, wide]);
      context.strokeStyle = paint.paper;
      context.lineWidth = 5;
      context.strokeText(name, seat, y);
      context.fillStyle = paint.ink;
      context.fillText(name, seat, y);
    });
  }

  function widthOf(context, name) {
    const key = `${context.font} ${name}`;
    if (!widths.has(key)) widths.set(key, context.measureText(name).width);
    return widths.get(key);
  }

  function later() {
    waiting ||= requestAnimationFrame(draw);
  }

  function nearest(sx, sy, reach = 12) {
    const [px, py] = toPlane(sx, sy);
    let best = -1, least = reach * reach;
    const wide = Math.ceil(reach / scale() * CELL) + 1, tall = Math.ceil(reach * aspect() / scale() * CELL) + 1;
    const cx = Math.floor(px * CELL), cy = Math.floor(py * CELL);
    for (let gy = cy - tall; gy <= cy + tall; gy++) for (let gx = cx - wide; gx <= cx + wide; gx++) {
      for (const i of grid.get(gy * CELL + gx) || []) {
        const [x, y] = toScreen(points.x[i] / 65535, points.y[i] / 65535);
        const apart = (x - sx) ** 2 + (y - sy) ** 2;
        if (apart < least) [best, least] = [i, apart];
      }
    }
    return best;
  }

  function zoom(by, sx = canvas.clientWidth / 2, sy = canvas.clientHeight / 2) {
    const [px, py] = toPlane(sx, sy);
    look.zoom = Math.max(0.8, Math.min(60, look.zoom * by));
    const [qx, qy] = toPlane(sx, sy);
    move(px - qx, py - qy);
  }

  function move(dx, dy) {
    look.x = Math.max(0, Math.min(1, look.x + dx));
    look.y = Math.max(0, Math.min(1, look.y + dy));
    later();
  }

  return {
    look, later, draw, zoom, nearest, toScreen,
    pan: (sx, sy) => move(-sx / scale(), sy * aspect() / scale()),
    to: (x, y, near) => { Object.assign(look, { x, y, zoom: near }); later(); },
    light: (chosen) => { lit = chosen && chosen.length ? chosen : null; later(); },
    inside: (polygon) => within(points, polygon.map(([sx, sy]) => toPlane(sx, sy))),
  };
}

function gridOf(points) {
  const grid = new Map();
  for (let i = 0; i < points.n; i++) {
    const cell = Math.floor(points.y[i] / 65535 * CELL) * CELL + Math.floor(points.x[i] / 65535 * CELL);
    if (grid.has(cell)) grid.get(cell).push(i);
    else grid.set(cell, [i]);
  }
  return grid;
}

const discs = new Map();

function disc(half) {
  if (!discs.has(half)) {
    const mask = [];
    for (let y = -half; y <= half; y++) for (let x = -half; x <= half; x++) if (x * x + y * y <= half * half + half * 0.6) mask.push([x, y]);
    discs.set(half, mask);
  }
  return discs.get(half);
}

// Points inside a polygon of the plane, by crossings of a ray (Shimrat 1962).
function within(points, polygon) {
  const inside = [];
  for (let i = 0; i < points.n; i++) {
    const x = points.x[i] / 65535, y = points.y[i] / 65535;
    let odd = false;
    for (let a = 0, b = polygon.length - 1; a < polygon.length; b = a++) {
      const [ax, ay] = polygon[a], [bx, by] = polygon[b];
      if (ay > y !== by > y && x < (bx - ax) * (y - ay) / (by - ay) + ax) odd = !odd;
    }
    if (odd) inside.push(i);
  }
  return inside;
}
