// The pages lie in a frame of Airflow's UI. They follow its light or dark, which it keeps on its root element.
const outside = (() => { try { return window.parent.document; } catch { return document; } })();
const follow = () => {
  const of = outside.documentElement;
  const named = of.dataset.theme || ["dark", "light"].find((name) => of.classList.contains(name));
  if (named) document.documentElement.dataset.theme = named;
};
follow();
if (outside !== document) {
  new MutationObserver(follow).observe(outside.documentElement, { attributes: true, attributeFilter: ["class", "data-theme"] });
  // Airflow lets its frames neither lead the whole window elsewhere nor save a file: the page around the frame does it.
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[target=_top]");
    if (!link) return;
    event.preventDefault();
    const copy = outside.createElement("a");
    copy.href = link.href;
    outside.body.append(copy);
    copy.click();
    copy.remove();
  });
}
