// Wage claims: what is open in the zone, whoever opened it; opened here, closed here.

import { element, fill } from "../dom.js";
import { json, Refused } from "../gateway.js";
import { newest } from "../newest.js";
import { age, words } from "../words.js";
import { act, desk, now, say, stationName } from "./desk.js";
import { fen, field, onSubmit, select, showFault, yuan } from "./forms.js";

const CLAIMS = "/api/station/wage-claims";
const RESULTS = ["paid", "settled", "unfounded", "referred"];

const isOpen = (id) => ({ claims }) => claims.some((one) => one.claim_id === id);
const labelOf = ({ employer_id: id }) => `${words("station.room.claims")} ${id}`;

export function claimsRoom(main) {
  const employer = element("input", { type: "text", autocomplete: "off" });
  const amount = element("input", { type: "text", inputmode: "decimal", autocomplete: "off" });
  const workers = element("input", { type: "number", min: "1", value: "1" });
  const said = element("p", { className: "said", role: "status" });
  const list = element("ol", { className: "lines" });
  const none = element("p", { className: "empty", text: words("station.no_claims") });
  const form = element("form", { className: "sheet form", novalidate: "" }, element("h2", { text: words("station.open_claim") }),
    field("station.employer", employer, "employer_id"),
    element("div", { className: "row-of" }, field("station.owed", amount, "amount_fen"), field("station.people", workers, "workers")),
    element("button", { type: "submit", className: "main", text: words("station.open_claim") }), said);
  const lines = new Map();
  none.hidden = true;

  function show({ claims }) {
    const open = new Set(claims.map((one) => one.claim_id));
    for (const [id, line] of lines) {
      if (open.has(id)) continue;
      const hadFocus = line.contains(document.activeElement);
      line.remove();
      lines.delete(id);
      if (hadFocus) employer.focus();
    }
    for (const one of claims) {
      if (!lines.has(one.claim_id)) lines.set(one.claim_id, claimLine(one, show));
      const line = lines.get(one.claim_id);
      line.querySelector(".since").textContent = since(one);
      // What stands in the list already stays where it is, under the finger.
      if (!line.parentNode) list.append(line);
    }
    none.hidden = claims.length > 0;
  }

  onSubmit(form, async () => {
    if (!amount.value.trim() || fen(amount.value) === 0) {
      showFault(form, { title: words("station.owed_needed"), field: "amount_fen" });
      return;
    }
    const claim = { claim_id: `C-${desk.session.station_id}-${Math.random().toString(36).slice(2, 8)}`, employer_id: employer.value.trim(), amount_fen: fen(amount.value), workers: Number(workers.value) };
    try {
      const view = await act(said, { path: CLAIMS, body: claim, label: labelOf(claim), see: CLAIMS, until: isOpen(claim.claim_id) });
      if (view) show(view);
      // What stays would be opened once more by a second Enter, under another number.
      const isAsSent = [employer.value.trim(), fen(amount.value), Number(workers.value)].join() === [claim.employer_id, claim.amount_fen, claim.workers].join();
      if (!isAsSent) return;
      form.reset();
      if (form.contains(document.activeElement)) employer.focus();
    } catch (error) {
      if (error instanceof Refused) showFault(form, error.problem);
    }
  });
  fill(main, element("div", { className: "two" }, form, element("section", { className: "sheet beside", "aria-live": "polite" }, element("h2", { text: words("station.open_claims") }), element("p", { className: "note", text: words("station.claims_note") }), none, list)));
  employer.focus();
  const ask = newest();
  const refresh = async () => {
    const fresh = await ask(json(CLAIMS));
    if (fresh) show(fresh);
  };
  refresh().catch(() => null);
  return { refresh };
}

function since({ at, station_id: id, blocked }) {
  const told = words("station.claim_since", { age: age(now() - at), station: id ? stationName(id) : words("station.claim_elsewhere") });
  return blocked ? `${told} · ${words("station.claim_blocked")}` : told;
}

function claimLine(claim, show) {
  const result = select([["", words("station.choose_result")], ...RESULTS.map((one) => [one, words(`word.${one}`)])]);
  const said = element("span", { className: "said", role: "status" });
  const close = element("button", { type: "button", className: "quiet", text: words("station.close_claim") });
  result.setAttribute("aria-label", words("station.result"));
  close.addEventListener("click", async () => {
    if (!result.value) {
      say(said, "station.result_needed", "bad");
      result.focus();
      return;
    }
    const body = { employer_id: claim.employer_id, result: result.value };
    const path = `${CLAIMS}/${encodeURIComponent(claim.claim_id)}/closing`;
    const view = await act(said, { path, body, label: labelOf(claim), see: CLAIMS, until: (one) => !isOpen(claim.claim_id)(one) }).catch(() => null);
    if (view) show(view);
  });
  return element("li", { "data-claim": claim.claim_id }, element("b", { text: claim.employer_name || claim.employer_id }), ...(claim.employer_name ? [element("small", { text: claim.employer_id })] : []), element("span", { text: words("station.claim", { yuan: yuan(claim.amount_fen), n: claim.workers }) }), element("small", { className: "since" }), result, close, said);
}
