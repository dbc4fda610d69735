// The ledger's filters: a row is shown where it has every chosen value.
for (const form of document.querySelectorAll("form[data-filters]")) {
  const rows = document.querySelectorAll(`#${form.dataset.filters} tbody tr`);
  const apply = () => {
    const wanted = [...new FormData(form)].filter(([, value]) => value !== "");
    let shown = 0;
    for (const row of rows) {
      row.hidden = !wanted.every(([name, value]) => row.dataset[name] === value);
      shown += row.hidden ? 0 : 1;
    }
    form.querySelector("output").textContent = `${shown} ${shown === 1 ? "claim" : "claims"}`;
  };
  form.addEventListener("change", apply);
  apply();
}
