// Wage claims: what is open in the zone and who is responsible; opened here, closed or referred here.

import { element, fill, tell } from "../dom.js";
import { json, Refused } from "../gateway.js";
import { newest } from "../newest.js";
import { age, day, words } from "../words.js";
import { act, desk, now, say, stationName } from "./desk.js";
import { amountFault, fen, field, MOST_OWED, MOST_OWED_PEOPLE, neededFault, onSubmit, peopleFault, select, showFault, showFaults, yuan } from "./forms.js";

const CLAIMS = "/api/station/wage-claims";
const REFERRED = "referred";
const RESULTS = ["paid", "settled", "unfounded", REFERRED];
const KINDS = ["larger", "simple"];
const LONGEST_NAME = 60;

// Two employers may have a claim of the same id: an import numbers its own.
const keyOf = ({ employer_id: employer, claim_id: id }) => JSON.stringify([employer, id]);
const isOpen = (claim) => ({ claims }) => claims.some((one) => keyOf(one) === keyOf(claim));
const owedFault = (text) => (text.trim() && fen(text) !== 0 ? amountFault(text, "amount_fen", 0, MOST_OWED) : [{ title: words("station.owed_needed"), field: "amount_fen" }]);
const labelOf = ({ employer_id: id }) => `${words("station.room.claims")} ${id}`;

export function claimsRoom(main) {
  const employer = element("input", { type: "text", autocomplete: "off" });
  const amount = element("input", { type: "text", inputmode: "decimal", autocomplete: "off" });
  const workers = element("input", { type: "number", min: "1", value: "1" });
  const kind = select(KINDS.map((one) => [one, words(`station.claim_kind.${one}`)]), KINDS[0]);
  const said = element("p", { className: "said", role: "status" });
  const list = element("ol", { className: "lines" });
  const over = element("ol", { className: "lines" });
  const closed = element("section", { className: "sheet beside" }, element("h2", { text: words("station.closed_claims") }), over);
  const none = element("p", { className: "empty", text: words("station.no_claims") });
  const form = element("form", { className: "sheet form", novalidate: "" }, element("h2", { text: words("station.open_claim") }),
    field("station.employer", employer, "employer_id"),
    element("div", { className: "row-of" }, field("station.owed", amount, "amount_fen"), field("station.people", workers, "workers")),
    field("station.claim_kind", kind, "kind"),
    element("button", { type: "submit", className: "main", text: words("station.open_claim") }), said);
  const lines = new Map();
  none.hidden = true;
  closed.hidden = true;

  function show({ claims, closed: settled }) {
    const open = new Set(claims.map(keyOf));
    for (const [key, line] of lines) {
      if (open.has(key)) continue;
      const hadFocus = line.contains(document.activeElement);
      line.remove();
      lines.delete(key);
      if (hadFocus) employer.focus();
    }
    for (const one of claims) {
      const key = keyOf(one);
      if (!lines.has(key)) lines.set(key, claimLine(one, show));
      const line = lines.get(key);
      tell(line.querySelector(".since"), since(one));
      tell(line.querySelector(".due"), due(one));
      const isOwed = owes(one);
      // What stands in the list already stays where it is, under the finger, but for the day it is overdue.
      if (!line.parentNode) list.append(line);
      else if (isOwed && !line.classList.contains("owed") && !line.contains(document.activeElement)) list.prepend(line);
      line.classList.toggle("owed", isOwed);
    }
    none.hidden = claims.length > 0;
    closed.hidden = settled.length === 0;
    fill(over, ...settled.map(closedLine));
  }

  onSubmit(form, async () => {
    if (showFaults(form, [...neededFault(employer.value.trim(), "employer_id"), ...owedFault(amount.value), ...peopleFault(workers.value, "workers", MOST_OWED_PEOPLE)])) return;
    const claim = { claim_id: `C-${desk.session.station_id}-${Math.random().toString(36).slice(2, 8)}`, employer_id: employer.value.trim(), amount_fen: fen(amount.value), workers: Number(workers.value), kind: kind.value };
    try {
      const view = await act(said, { path: CLAIMS, body: claim, label: labelOf(claim), see: CLAIMS, until: isOpen(claim) });
      if (view) show(view);
      // What stays would be opened once more by a second Enter, under another number.
      const isAsSent = [employer.value.trim(), fen(amount.value), Number(workers.value), kind.value].join() === [claim.employer_id, claim.amount_fen, claim.workers, claim.kind].join();
      if (!isAsSent) return;
      form.reset();
      if (form.contains(document.activeElement)) employer.focus();
    } catch (error) {
      if (error instanceof Refused) showFault(form, error.problem);
    }
  });
  const open = element("section", { className: "sheet beside", "aria-live": "polite" }, element("h2", { text: words("station.open_claims") }), element("p", { className: "note", text: words("station.claims_note") }), none, list);
  fill(main, element("div", { className: "two" }, form, element("div", {}, open, closed)));
  employer.focus();
  const ask = newest();
  const refresh = async () => {
    const fresh = await ask(json(CLAIMS));
    if (fresh) show(fresh);
  };
  refresh().catch(() => null);
  return { refresh };
}

// What is overdue is the station's that was asked first, and everybody's when none was.
const owes = ({ overdue, station_id: id }) => overdue && (!id || id === desk.session.station_id);

function since({ at, station_id: id, blocked }) {
  const told = words(id ? "station.claim_since" : "station.claim_elsewhere", { age: age(now() - at), station: id && stationName(id) });
  return blocked ? `${told} · ${words("station.claim_blocked")}` : told;
}

const due = ({ kind, due_at: at, overdue }) => words(overdue ? "station.claim_overdue" : "station.claim_due", { kind: words(`word.${kind}`), day: day(at) });

function closedLine({ employer_id: id, employer_name: name, amount_fen: amount, workers, closed_at: at, result, referred_to: office }) {
  const how = office ? words("station.claim_referred", { office }) : words(`word.${result}`);
  return element("li", {}, element("b", { text: name || id }), element("span", { text: words("station.claim", { yuan: yuan(amount), n: workers }) }), element("small", { text: `${how} · ${age(now() - at)}` }));
}

function claimLine(claim, show) {
  const result = select([["", words("station.choose_result")], ...RESULTS.map((one) => [one, words(`word.${one}`)])]);
  const said = element("span", { className: "said", role: "status" });
  const close = element("button", { type: "button", className: "quiet", text: words("station.close_claim") });
  const office = element("input", { type: "text", className: "office", autocomplete: "off", maxlength: LONGEST_NAME, placeholder: words("station.referred_to"), "aria-label": words("station.referred_to") });
  office.hidden = true;
  result.addEventListener("change", () => { office.hidden = result.value !== REFERRED; });
  result.setAttribute("aria-label", words("station.result"));
  close.addEventListener("click", async () => {
    if (!result.value) {
      say(said, "station.result_needed", "bad");
      result.focus();
      return;
    }
    const isReferred = result.value === REFERRED;
    if (isReferred && !office.value.trim()) {
      say(said, "station.office_needed", "bad");
      office.focus();
      return;
    }
    const body = { employer_id: claim.employer_id, result: result.value, ...(isReferred ? { referred_to: office.value.trim() } : {}) };
    const path = `${CLAIMS}/${encodeURIComponent(claim.claim_id)}/closing`;
    const view = await act(said, { path, body, label: labelOf(claim), see: CLAIMS, until: (one) => !isOpen(claim)(one) }).catch(() => null);
    if (view) show(view);
  });
  return element("li", { "data-claim": claim.claim_id }, element("b", { text: claim.employer_name || claim.employer_id }), ...(claim.employer_name ? [element("small", { text: claim.employer_id })] : []), element("span", { text: words("station.claim", { yuan: yuan(claim.amount_fen), n: claim.workers }) }), element("small", { className: "since" }), element("small", { className: "due" }), result, office, close, said);
}
