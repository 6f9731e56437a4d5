// Making elements. Text only ever as textContent.

export const byId = (id) => document.getElementById(id);

export function element(tag, { className, text, ...attributes } = {}, ...children) {
  const made = document.createElement(tag);
  if (className) made.className = className;
  if (text !== undefined) made.textContent = text;
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

export function svg(tag, { text, ...attributes } = {}, ...children) {
  const made = document.createElementNS("http://www.w3.org/2000/svg", tag);
  if (text !== undefined) made.textContent = text;
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

// What is read out when it changes is not written anew with the same words.
export function tell(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

// replaceChildren came to phones only in 2020.
export function fill(node, ...children) {
  node.textContent = "";
  node.append(...children);
}

export function bar(share) {
  const inner = element("i");
  inner.style.width = `${Math.round(Math.min(1, Math.max(0, share)) * 100)}%`;
  return element("div", { className: "bar" }, inner);
}
