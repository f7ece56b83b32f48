"use strict";
// The frame browser: unpacks a frame's numbers (pictures/packed.py says how they lie), paints two sets of lines side by
// side with a divider between them, and reads out depth and error at the pixel that is pointed at.
{
  const browser = document.querySelector("[data-browser]");
  const data = JSON.parse(document.getElementById("frame-browser-data").textContent);
  const stage = browser.querySelector(".stage");
  const canvas = stage.querySelector("canvas");
  const slider = browser.querySelector("input[type=range]");
  const readout = browser.querySelector(".readout");
  const sides = ["left", "right"].map((name) => ({
    select: browser.querySelector(`[data-side=${name}]`), tag: stage.querySelector(`.tag.${name}`),
  }));
  const TRUTH = "truth", MOST_ZOOM = 12, LEAST_HEIGHT_PX = 220, GRIP_PX = 28;
  const unpacked = new Map();  // frame -> promise of its numbers; a frame takes some megabytes
  const painted = new Map();  // "set view" of the frame that is shown -> canvas
  let number = -1, frame = null, camera = null, at = null;
  let zoom = 1, centre = { x: 0, y: 0 };  // in pixels of the frame

  async function unpack(which) {
    const packed = Uint8Array.from(atob(document.getElementById(`frame-data-${which}`).textContent), (c) => c.charCodeAt(0));
    const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("deflate"));
    const bytes = new Uint8Array(await new Response(stream).arrayBuffer());
    const { width, height, sets, errors } = data.frames[which];
    const n = width * height;
    const line = Int32Array.from({ length: n }, (_, place) => bytes[2 * place] + 256 * bytes[2 * place + 1] - 1);
    const truth = bytes.subarray(2 * n, 3 * n);
    const known = [];
    for (let place = 0; place < n; place++) if (truth[place]) known.push(place);
    let next = 3 * n;
    const found = new Map();
    sets.forEach((set, order) => {
      const depth = bytes.slice(next, next += n);
      for (let place = width; place < n; place++) depth[place] += depth[place - width];  // modulo 256
      const error = new Uint8Array(n);
      for (const place of known) error[place] = bytes[next++];
      found.set(set, { depth, error, told: errors[order] });
    });
    const exact = new Uint8Array(n);
    for (const place of known) exact[place] = 1;
    found.set(TRUTH, { depth: truth, error: exact, told: "" });
    return { width, height, line, truth, sets: found };
  }

  // levels -> metres
  const { depth: DEPTH, error: ERROR } = data;
  const depthOf = (level) => DEPTH.near * (DEPTH.far / DEPTH.near) ** ((level - 1) / (DEPTH.levels - 1));
  const errorOf = (level) => ERROR.most * ((level - 1) / ERROR.levels) ** 2;
  const metresText = (metres) => `${metres.toFixed(metres < 1 ? 2 : metres < 19.95 ? 1 : 0)}\u00a0m`;
  function depthText(level) {
    if (level <= 1) return `${DEPTH.near}\u00a0m or nearer`;
    return level >= DEPTH.levels ? `${DEPTH.far}\u00a0m or farther` : metresText(depthOf(level));
  }
  function errorText(level) {
    if (!level) return "no ground truth to judge by";
    return level > ERROR.levels ? `error ${ERROR.most}\u00a0m or more` : `error ${metresText(errorOf(level))}`;
  }

  // levels -> colours, red green blue of each
  function palette(colours, unitOf, levels) {
    const rgb = colours.map((colour) => [1, 3, 5].map((from) => parseInt(colour.slice(from, from + 2), 16)));
    const found = [data.colours.empty];
    for (let level = 1; level <= levels; level++) {
      found.push(rgb[Math.round(Math.min(1, Math.max(0, unitOf(level))) * (rgb.length - 1))]);
    }
    return found;
  }
  const palettes = {
    depth: palette(DEPTH.colours, (level) => 1 - (level - 1) / (DEPTH.levels - 1), DEPTH.levels),
    error: palette(ERROR.colours, (level) => errorOf(level) / ERROR.cap, ERROR.levels + 1),
  };

  const view = () => browser.querySelector("input[name=view]:checked").value;
  const setOf = (side) => side.select.value === TRUTH ? TRUTH : data.rows[Number(side.select.value)];

  function paint(set) {
    const key = `${set} ${view()}`;
    if (painted.has(key)) return painted.get(key);
    const picture = document.createElement("canvas");
    Object.assign(picture, { width: frame.width, height: frame.height });
    const image = new ImageData(frame.width, frame.height);
    const put = (place, [red, green, blue], opacity) => image.data.set([red, green, blue, opacity], 4 * place);
    if (view() === "points") {
      const kept = new Set(set === TRUTH ? [] : data.sets[set]);
      frame.line.forEach((line, place) => {
        if (kept.has(line)) put(place, data.colours.kept, 255);
        else if (line >= 0) put(place, data.colours.dropped, 110);
      });
    } else {
      const levels = frame.sets.get(set)[view()], colours = palettes[view()];
      for (let place = 0; place < levels.length; place++) put(place, colours[levels[place]], 255);
    }
    picture.getContext("2d").putImageData(image, 0, 0);
    painted.set(key, picture);
    return picture;
  }

  // what part of the frame is seen: at zoom 1 it fills the stage, which on a phone is taller than the frame is
  function seen() {
    const [wide, high] = [stage.clientWidth, stage.clientHeight];
    const scale = zoom * Math.max(wide / frame.width, high / frame.height);
    const [width, height] = [wide / scale, high / scale];
    const within = (middle, part, whole) => Math.min(Math.max(middle, part / 2), whole - part / 2);
    centre = { x: within(centre.x, width, frame.width), y: within(centre.y, height, frame.height) };
    return { x: centre.x - width / 2, y: centre.y - height / 2, width, height, scale };
  }

  function draw() {
    if (!frame) return;
    const pixels = window.devicePixelRatio || 1;
    stage.style.height = `${Math.max(LEAST_HEIGHT_PX, stage.clientWidth * frame.height / frame.width)}px`;
    canvas.width = Math.round(stage.clientWidth * pixels);
    canvas.height = Math.round(stage.clientHeight * pixels);
    const pen = canvas.getContext("2d"), part = seen(), cut = canvas.width * slider.value / 100;
    pen.imageSmoothingEnabled = false;
    sides.forEach((side, order) => {
      pen.save();
      pen.beginPath();
      pen.rect(order ? cut : 0, 0, order ? canvas.width - cut : cut, canvas.height);
      pen.clip();
      if (view() === "points" && camera) {
        const [across, down] = [camera.naturalWidth / frame.width, camera.naturalHeight / frame.height];
        pen.imageSmoothingEnabled = true;
        pen.filter = "brightness(.62)";
        pen.drawImage(camera, part.x * across, part.y * down, part.width * across, part.height * down,
                      0, 0, canvas.width, canvas.height);
        pen.filter = "none";
        pen.imageSmoothingEnabled = false;
      }
      pen.drawImage(paint(setOf(side)), part.x, part.y, part.width, part.height, 0, 0, canvas.width, canvas.height);
      pen.restore();
      const option = side.select.selectedOptions[0].textContent, told = frame.sets.get(setOf(side)).told;
      side.tag.textContent = told ? `${option}: ${told.replace(/(\d) /g, "$1\u00a0")}` : option;
    });
    if (at) mark(pen, part, pixels);
    stage.querySelector(".divider").style.left = `${slider.value}%`;
    stage.classList.toggle("zoomed", zoom > 1);
    for (const legend of browser.querySelectorAll("[data-legend]")) legend.hidden = legend.dataset.legend !== view();
  }

  function mark(pen, part, pixels) {
    const [x, y] = [(at.column + 0.5 - part.x) * part.scale * pixels, (at.row + 0.5 - part.y) * part.scale * pixels];
    for (const [colour, width] of [["#000", 4], ["#fff", 1.5]]) {
      pen.strokeStyle = colour;
      pen.lineWidth = width * pixels;
      pen.beginPath();
      pen.arc(x, y, 7 * pixels, 0, 2 * Math.PI);
      pen.stroke();
    }
  }

  function read() {
    if (!frame || !at) {
      readout.textContent = "Point at a pixel to read depth and error there.";
      return;
    }
    const place = at.row * frame.width + at.column, line = frame.line[place];
    const said = [frame.truth[place] ? `Ground truth ${depthText(frame.truth[place])}` : "No ground truth here"];
    for (const side of sides) {
      const set = setOf(side), { depth, error } = frame.sets.get(set);
      if (set === TRUTH) continue;
      said.push(`${side.select.selectedOptions[0].textContent}: ${depthText(depth[place])}`
        + (frame.truth[place] ? `, ${errorText(error[place])}` : ""));
    }
    if (line >= 0) said.push(`lidar point of line ${line}`);
    readout.textContent = said.join(" · ");
  }

  // a frame on which one of the two sets is not pictured shows the chosen lines or all lines instead
  async function show(which) {
    number = which;
    if (!unpacked.has(which)) unpacked.set(which, unpack(which));
    const found = await unpacked.get(which);
    if (number !== which) return;  // another one was asked for meanwhile
    frame = found;
    camera = browser.querySelector(`[data-camera="${which}"]`);
    if (camera) await camera.decode();
    painted.clear();
    [zoom, centre, at] = [1, { x: frame.width / 2, y: frame.height / 2 }, null];
    for (const side of sides) {
      for (const option of side.select.options) {
        const set = option.value === TRUTH ? TRUTH : data.rows[Number(option.value)];
        option.disabled = !frame.sets.has(set);
      }
      if (side.select.selectedOptions[0].disabled) {
        side.select.value = [...side.select.options].find((option) => option.defaultSelected).value;
      }
    }
    draw();
    read();
    browser.dataset.shown = which;
  }

  function point(event) {
    const box = stage.getBoundingClientRect(), part = seen();
    const clamp = (value, size) => Math.min(size - 1, Math.max(0, Math.floor(value)));
    at = { column: clamp(part.x + (event.clientX - box.left) / part.scale, frame.width),
           row: clamp(part.y + (event.clientY - box.top) / part.scale, frame.height) };
  }
  function zoomBy(factor, about) {
    const before = zoom, held = about || centre;
    zoom = Math.min(MOST_ZOOM, Math.max(1, zoom * factor));
    const granted = zoom / before;
    centre = { x: held.x + (centre.x - held.x) / granted, y: held.y + (centre.y - held.y) / granted };
    draw();
  }
  const divide = (event) => {
    const box = stage.getBoundingClientRect();
    slider.value = Math.min(100, Math.max(0, 100 * (event.clientX - box.left) / box.width));
  };

  let dragged = null;  // "divider", or where the picture is held
  stage.addEventListener("pointerdown", (event) => {
    if (!frame || event.button) return;
    const box = stage.getBoundingClientRect(), part = seen();
    const pannable = part.width < frame.width - 0.5 || part.height < frame.height - 0.5;
    const near = Math.abs(event.clientX - box.left - box.width * slider.value / 100) < GRIP_PX;
    dragged = near || !pannable ? "divider" : { x: event.clientX, y: event.clientY, centre };
    stage.setPointerCapture(event.pointerId);
    point(event);
    if (dragged === "divider" && event.pointerType === "mouse") divide(event);
    draw();
    read();
  });
  stage.addEventListener("pointermove", (event) => {
    if (!frame) return;
    if (dragged === "divider") divide(event);
    else if (dragged) {
      const { scale } = seen();
      centre = { x: dragged.centre.x - (event.clientX - dragged.x) / scale,
                 y: dragged.centre.y - (event.clientY - dragged.y) / scale };
    }
    point(event);
    draw();
    read();
  });
  for (const end of ["pointerup", "pointercancel"]) stage.addEventListener(end, () => { dragged = null; });
  stage.addEventListener("wheel", (event) => {
    if (!frame || !event.ctrlKey) return;  // else the page scrolls
    event.preventDefault();
    point(event);
    zoomBy(event.deltaY < 0 ? 1.25 : 0.8, { x: at.column + 0.5, y: at.row + 0.5 });
  }, { passive: false });

  const STEPS = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };
  stage.addEventListener("keydown", (event) => {
    if (!frame || event.altKey || event.ctrlKey || event.metaKey) return;
    const zooms = { "+": 1.5, "=": 1.5, "-": 1 / 1.5, "0": 0 };
    if (event.key in STEPS) {
      const [down, right] = STEPS[event.key].map((step) => step * (event.shiftKey ? 10 : 1));
      at = at || { row: Math.floor(centre.y), column: Math.floor(centre.x) };
      at = { row: Math.min(frame.height - 1, Math.max(0, at.row + down)),
             column: Math.min(frame.width - 1, Math.max(0, at.column + right)) };
      const part = seen();
      if (at.column < part.x || at.column >= part.x + part.width) centre.x = at.column;
      if (at.row < part.y || at.row >= part.y + part.height) centre.y = at.row;
    } else if (event.key in zooms) {
      zoomBy(zooms[event.key] || 1 / MOST_ZOOM, at && { x: at.column + 0.5, y: at.row + 0.5 });
    } else return;
    event.preventDefault();
    draw();
    read();
  });
  browser.addEventListener("click", (event) => {
    const how = event.target.dataset.zoom;
    if (how && frame) zoomBy({ in: 1.5, out: 1 / 1.5, all: 1 / MOST_ZOOM }[how]);
  });
  browser.addEventListener("input", (event) => { if (event.target === slider) draw(); });
  browser.addEventListener("change", (event) => {
    if (event.target.name === "frame") show(Number(event.target.id.slice("frame-".length)));
    else { draw(); read(); }
  });

  if ("DecompressionStream" in window) {
    new ResizeObserver(draw).observe(stage);
    show(Number(browser.querySelector("input[name=frame]:checked").id.slice("frame-".length)));
  } else {
    browser.classList.add("missing");
    readout.textContent = "This browser is too old to unpack the pictures (it has no DecompressionStream): open the page "
      + "in a newer one, or see the folder figures beside it.";
  }
}
