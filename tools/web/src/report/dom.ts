// Elements in few words. Text goes in as text, never as HTML.

type Child = Node | string | null;

/** An element with attributes and children; an attribute of null is left out. */
export function el<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Record<string, string | null> = {},
  ...children: Child[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  set(element, attributes, children);
  return element;
}

function set(element: Element, attributes: Record<string, string | null>, children: Child[]) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== null) element.setAttribute(name, value);
  }
  element.append(...children.filter((c) => c !== null));
}

/** A box that scrolls sideways where its content is wide, also by the keyboard. */
export function wide(name: string, content: Node): HTMLElement {
  return el("div", { class: "wide", tabindex: "0", role: "group", "aria-label": name }, content);
}

// The page names no address, not even that of a namespace: the parser knows it.
const kSvg = (() => {
  const box = document.createElement("div");
  box.innerHTML = "<svg></svg>";
  return box.firstElementChild!.namespaceURI;
})();

export function svg(
  tag: string,
  attributes: Record<string, string | number> = {},
  ...children: Child[]
): SVGElement {
  const element = document.createElementNS(kSvg, tag) as SVGElement;
  const texts = Object.entries(attributes).map(([name, value]) => [
    name,
    typeof value === "number" ? String(Math.round(value * 100) / 100) : value,
  ]);
  set(element, Object.fromEntries(texts), children);
  return element;
}
