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

/** Calls an action, which may take its time, whenever a button is pressed. */
export function onPress(button, action) {
  button.addEventListener('click', () => void action());
}

/** Shows which instance it was, by letter and colour; null for none. */
export function paintBadge(badge, instance) {
  badge.textContent = instance ?? '–';
  badge.classList.toggle('nobody', instance === null);
  badge.style.setProperty('--hue', String(hueOf(instance ?? 'A')));
}

const FIRST_HUES = [250, 55, 155];
const GOLDEN_ANGLE = 137.5;

/** Blue, orange, green, and then as far from one another as hues can be. */
function hueOf(instance) {
  const index = instance.charCodeAt(0) - 'A'.charCodeAt(0);
  return FIRST_HUES[index] ?? (index * GOLDEN_ANGLE) % 360;
}
