const SVG = 'http://www.w3.org/2000/svg';

/** The element of the page with this id. */
export function byId(id) {
  const element = document.getElementById(id);
  if (element === null) throw new Error(`The page has no #${id}`);
  return element;
}

/** A new element with properties and children; strings become text. */
export function create(tag, properties = {}, ...children) {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children);
  return element;
}

/** A new element of a drawing, with attributes and children. */
export function draw(tag, attributes = {}, ...children) {
  const element = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, String(value));
  element.append(...children);
  return element;
}

/** Calls an action, which may take its time, whenever a button is pressed. */
export function onPress(button, action) {
  button.addEventListener('click', () => void action());
}

/** Writes only what has changed, for it may be read aloud. */
export function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/** Shows which instance it was, by letter and colour; null for none. */
export function paintBadge(badge, instance) {
  setText(badge, instance ?? '–');
  badge.classList.toggle('nobody', instance === null);
  paint(badge, instance ?? 'A');
}

/** Gives an element the colour of an instance. */
export function paint(element, instance) {
  element.style.setProperty('--hue', String(hueOf(instance)));
}

const FIRST_HUES = [250, 55, 155];
const GOLDEN_ANGLE = 137.5;

/** Blue, orange, green, and then as far from one another as hues can be. */
function hueOf(instance) {
  const index = instance.charCodeAt(0) - 'A'.charCodeAt(0);
  return FIRST_HUES[index] ?? (index * GOLDEN_ANGLE) % 360;
}
