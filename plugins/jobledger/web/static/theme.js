// Follows Airflow's light or dark: the pages lie in a frame of its UI, which keeps the choice on its root element.
(() => {
  const frame = () => { try { return window.parent.document.documentElement; } catch { return document.documentElement; } };
  const follow = () => {
    const of = frame();
    const named = of.dataset.theme || (of.classList.contains("dark") ? "dark" : of.classList.contains("light") ? "light" : "");
    if (named) document.documentElement.dataset.theme = named;
  };
  follow();
  if (window.parent !== window) {
    new MutationObserver(follow).observe(frame(), { attributes: true, attributeFilter: ["class", "data-theme"] });
  }
})();
