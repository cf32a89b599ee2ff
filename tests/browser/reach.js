// Lists what can be pressed in `scope` (the page without one) and reaches less than 44 px in one direction, links in
// running text left out. The reach is tried out: from the middle to all four sides, as long as it is still the same.
(scope) => {
  const PRESSED = "a[href], button, input:not([type=hidden]), select, textarea, summary";
  const LEAST = 44;

  const isHidden = (e) => !e.checkVisibility({ visibilityProperty: true }) || e.disabled || e.closest(".skip-link")
    || (getComputedStyle(e).clipPath !== "none")
    || getComputedStyle(e).pointerEvents === "none" || (e.parentElement && isClipped(e.parentElement));
  const isClipped = (e) => getComputedStyle(e).clipPath !== "none" || (e.parentElement && isClipped(e.parentElement));
  const isInText = (e) => {
    if (e.tagName !== "A" || getComputedStyle(e).display !== "inline") return false;
    let block = e.parentElement;
    while (getComputedStyle(block).display === "inline") block = block.parentElement;
    return !/flex|grid/.test(getComputedStyle(block).display) && block.innerText.trim().length > e.innerText.trim().length + 2;
  };
  const isHit = (e, x, y) => {
    const top = document.elementFromPoint(x, y);
    return !!top && (e.contains(top) || [...(e.labels ?? [])].includes(top.closest("label")));
  };
  const middleOf = (e) => {
    for (const part of [e, ...(e.labels ?? [])]) {
      const box = [...part.getClientRects()].sort((a, b) => b.width * b.height - a.width * a.height)[0];
      const middle = [box.x + box.width / 2, box.y + box.height / 2];
      if (isHit(e, ...middle)) return middle;
    }
    return null;
  };
  const reach = (e, [x, y], right, down) => {
    let far = 0;
    while (far < LEAST && isHit(e, x + right * (far + 1), y + down * (far + 1))) far += 1;
    return far;
  };

  const small = [];
  for (const e of (scope ?? document).querySelectorAll(PRESSED)) {
    if (isHidden(e) || isInText(e) || e === scope?.querySelector("summary")) continue;
    e.scrollIntoView({ block: "center", inline: "center" });
    const middle = middleOf(e);
    const wide = middle && reach(e, middle, -1, 0) + reach(e, middle, 1, 0) + 1;
    const high = middle && reach(e, middle, 0, -1) + reach(e, middle, 0, 1) + 1;
    if (!middle || wide < LEAST || high < LEAST) small.push(`${wide} x ${high}: ${e.outerHTML.slice(0, 160)}`);
  }
  return small;
}
