// Wage claims: opened here, closed here; what they do to the employer, the market says.

import { element, fill } from "../dom.js";
import { json, Refused } from "../gateway.js";
import { words } from "../words.js";
import { act, desk } from "./desk.js";
import { clearFaults, fen, field, select, showFault, yuan } from "./forms.js";

const KEPT = "station.claims";
const mine = () => JSON.parse(localStorage.getItem(KEPT) || "[]").filter((one) => one.station === desk.session.station_id);
const keep = (claims) => localStorage.setItem(KEPT, JSON.stringify(claims.slice(0, 200)));

// There is no view of claims: that the zone's count of facts has grown says the market has it.
async function counted(type) {
  return (await json(`/api/town?zone=${desk.session.zone}`)).totals[type] || 0;
}

export function claimsRoom(main) {
  const employer = element("input", { type: "text", autocomplete: "off" });
  const amount = element("input", { type: "text", inputmode: "decimal", value: "0" });
  const workers = element("input", { type: "number", min: "1", value: "1" });
  const said = element("p", { className: "said", role: "status" });
  const list = element("ol", { className: "lines" });
  const form = element("form", { className: "sheet form", novalidate: "" }, element("h2", { text: words("station.open_claim") }),
    field("station.employer", employer, "employer_id"),
    element("div", { className: "row-of" }, field("station.owed", amount, "amount_fen"), field("station.people", workers, "workers")),
    element("button", { type: "submit", className: "main", text: words("station.open_claim") }), said);
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    clearFaults(form);
    const claim = { claim_id: `C-${desk.session.station_id}-${Math.random().toString(36).slice(2, 8)}`, employer_id: employer.value.trim(), amount_fen: fen(amount.value), workers: Number(workers.value) };
    try {
      await claimed(said, "wage_claim.opened", "/api/station/wage-claims", claim);
      keep([Object.assign({ station: desk.session.station_id }, claim), ...mine()]);
      show();
    } catch (error) {
      if (error instanceof Refused) showFault(form, error.problem);
    }
  });
  const show = () => fill(list, ...mine().map(line));
  const line = (claim) => {
    const result = select(["paid", "settled", "unfounded", "referred"].map((one) => [one, words(`word.${one}`)]));
    const status = element("span", { className: "said", role: "status" });
    const close = element("button", { type: "button", className: "quiet", text: words("station.close_claim") });
    result.setAttribute("aria-label", words("station.result"));
    close.addEventListener("click", async () => {
      const body = { employer_id: claim.employer_id, result: result.value };
      await claimed(status, "wage_claim.closed", `/api/station/wage-claims/${encodeURIComponent(claim.claim_id)}/closing`, body).catch(() => null);
      keep(mine().filter((one) => one.claim_id !== claim.claim_id));
      show();
    });
    return element("li", {}, element("b", { text: claim.employer_id }), element("span", { text: words("station.claim", { yuan: yuan(claim.amount_fen), n: claim.workers }) }), result, close, status);
  };
  fill(main, element("div", { className: "two" }, form, element("section", { className: "sheet beside" }, element("h2", { text: words("station.open_claims") }), element("p", { className: "note", text: words("station.claims_note") }), list)));
  show();
  employer.focus();
  return {};
}

async function claimed(said, type, path, body) {
  const before = await counted(type).catch(() => 0);
  return act(said, { path, body, label: `${words("station.room.claims")} ${body.employer_id}`, see: `/api/town?zone=${desk.session.zone}`, until: (town) => (town.totals[type] || 0) > before });
}
