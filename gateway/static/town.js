// The town, live: a snapshot now and then, outcomes as they come. Text only ever as textContent.

const MOST_RANKINGS = 6;
const LINES = 5;
const REFRESH_MS = 2500;
const COUNTERS = [
  ["worker.available", "page.availability"],
  ["job.posted", "page.postings"],
  ["offer.made", "page.offers"],
  ["booking.confirmed", "page.bookings"],
  ["job.filled", "page.filled"],
  ["event.rejected", "page.refused"],
];

const byId = (id) => document.getElementById(id);
const state = { language: chosenLanguage(), texts: {}, town: null, rankings: [], jobs: new Map() };

function chosenLanguage() {
  const asked = new URLSearchParams(location.search).get("lang");
  return asked ?? localStorage.getItem("language") ?? "zh-CN";
}

function words(key, details = {}) {
  const template = state.texts[key] ?? key;
  return template.replace(/\{(\w+)\}/g, (_, name) => details[name] ?? "");
}

function element(tag, className, text) {
  const made = document.createElement(tag);
  if (className) made.className = className;
  if (text !== undefined) made.textContent = text;
  return made;
}

async function json(path) {
  const response = await fetch(path);
  if (!response.ok) throw new Error(`${path}: ${response.status}`);
  return response.json();
}

async function speak(language) {
  const { language: spoken, texts } = await json(`/api/texts?lang=${encodeURIComponent(language)}`);
  state.language = spoken;
  state.texts = texts;
  localStorage.setItem("language", spoken);
  document.documentElement.lang = spoken;
  document.title = words("page.title");
  for (const node of document.querySelectorAll("[data-text]")) node.textContent = words(node.dataset.text);
  showConnection(byId("state").dataset.state);
}

const inChina = (options) => new Intl.DateTimeFormat(state.language, { timeZone: "Asia/Shanghai", ...options });
const clock = (ms) => inChina({ month: "numeric", day: "numeric", hour: "2-digit", minute: "2-digit", hour12: false }).format(ms);
const hour = (ms) => inChina({ hour: "2-digit", minute: "2-digit", hour12: false }).format(ms);

function shiftTimes(shifts) {
  const [first] = shifts;
  const times = `${clock(first.start)}–${hour(first.end)}`;
  return shifts.length > 1 ? `${times} · ${words("page.more_days", { n: shifts.length })}` : times;
}

function pay({ amount_fen: fen, unit }) {
  const yuan = (fen / 100).toLocaleString(state.language, { maximumFractionDigits: 2 });
  return `${yuan} ${words(`page.per_${unit}`)}`;
}

function age(ms) {
  const minutes = Math.max(0, Math.floor(ms / 60000));
  if (minutes < 1) return words("page.just_now");
  if (minutes < 60) return words("page.minutes_ago", { n: minutes });
  if (minutes < 1440) return words("page.hours_ago", { n: Math.floor(minutes / 60) });
  return words("page.days_ago", { n: Math.floor(minutes / 1440) });
}

function stationName(stationId) {
  const number = stationId?.slice(-2);
  const found = state.town?.place?.stations.find((station) => station.number === number);
  return found ? found.name[state.language] : stationId;
}

function bar(share) {
  const outer = element("div", "bar");
  const inner = element("i");
  inner.style.width = `${Math.round(Math.min(1, Math.max(0, share)) * 100)}%`;
  outer.append(inner);
  return outer;
}

function showConnection(connection) {
  byId("state").dataset.state = connection;
  byId("state").textContent = words(connection === "live" ? "page.live" : "page.offline");
}

function showTown() {
  const { town } = state;
  if (!town) return;
  byId("place").textContent = town.place?.name[state.language] ?? town.zone;
  byId("clock").textContent = town.now ? clock(town.now) : "–";
  byId("model").textContent = town.model.startsWith("sha256:") ? town.model.slice(7, 15) : words("page.rules");
  byId("open-count").textContent = town.open_jobs;
  byId("counters").replaceChildren(...COUNTERS.map(([name, key]) => {
    const box = element("div", name === "event.rejected" && town.totals[name] ? "warn" : "");
    box.append(element("b", "", (town.totals[name] ?? 0).toLocaleString(state.language)), element("span", "", words(key)));
    return box;
  }));
  byId("jobs").replaceChildren(...town.jobs.slice(0, 14).map(jobRow));
  showMap();
}

function jobRow(job) {
  const { posting } = job;
  const row = element("li");
  row.append(
    element("span", "name", `${posting.title} · ${stationName(posting.station_id)}`),
    element("span", "pay", pay(posting.pay)),
    element("span", "when", shiftTimes(posting.shifts)),
    element("span", "age", age(state.town.now - job.posted)),
  );
  const filling = element("div", "filling");
  filling.append(bar(job.booked / posting.headcount), element("span", "", words("page.places", { booked: job.booked, headcount: posting.headcount })));
  row.append(filling);
  return row;
}

function showMap() {
  const stations = state.town.place?.stations ?? [];
  const map = byId("map");
  if (!stations.length) return map.replaceChildren();
  const lats = stations.map((s) => s.lat), lons = stations.map((s) => s.lon);
  const [south, north, west, east] = [Math.min(...lats), Math.max(...lats), Math.min(...lons), Math.max(...lons)];
  const counts = new Map();
  for (const job of state.town.jobs) {
    const number = job.posting.station_id.slice(-2);
    counts.set(number, (counts.get(number) ?? 0) + 1);
  }
  map.replaceChildren(...stations.flatMap((station) => {
    const x = 30 + ((station.lon - west) / (east - west)) * 230;
    const y = 34 + ((north - station.lat) / (north - south)) * 335;
    const jobs = counts.get(station.number) ?? 0;
    const circle = svg("circle", { cx: x, cy: y, r: 5 + Math.min(12, 2.2 * Math.sqrt(jobs)) });
    if (jobs) circle.classList.add("busy");
    const title = svg("title", {});
    title.textContent = `${station.name[state.language]} · ${words("page.jobs_here", { n: jobs })}`;
    circle.append(title);
    const label = svg("text", labelPlace(station, x, y));
    label.textContent = station.name[state.language];
    return [circle, label];
  }));
}

// Where stations lie close together, their names go to different sides.
function labelPlace(station, x, y) {
  const sides = { "00": [8, 24, "start"], "01": [-12, -8, "end"], "02": [12, -6, "start"], "03": [-12, 14, "end"], "04": [-12, 4, "end"], "07": [0, 21, "middle"], "08": [0, 22, "middle"] };
  const [dx, dy, anchor] = sides[station.number] ?? [14, 4, "start"];
  return { x: x + dx, y: y + dy, "text-anchor": anchor };
}

function svg(tag, attributes) {
  const made = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  return made;
}

async function addRanking(outcome, isNew) {
  if (!state.jobs.has(outcome.job_id)) {
    const job = await json(`/api/jobs/${encodeURIComponent(outcome.job_id)}`).catch(() => null);
    if (!job?.posting.title) return;
    state.jobs.set(outcome.job_id, job.posting);
  }
  state.rankings = [{ outcome, isNew }, ...state.rankings.filter((r) => r.outcome.job_id !== outcome.job_id)].slice(0, MOST_RANKINGS);
  showRankings();
}

function showRankings() {
  if (!state.rankings.length) return;
  byId("rankings").replaceChildren(...state.rankings.map(({ outcome, isNew }, index) => {
    const card = rankingCard(outcome, state.jobs.get(outcome.job_id));
    if (isNew && index === 0) card.classList.add("new");
    return card;
  }));
}

function rankingCard(outcome, posting) {
  const card = element("article", "ranking");
  card.dataset.job = outcome.job_id;
  const terms = element("p", "terms");
  terms.append(element("strong", "", pay(posting.pay)), ` · ${shiftTimes(posting.shifts)} · ${words("page.fit", { feasible: outcome.feasible ?? 0, pool: outcome.pool ?? 0 })}`);
  card.append(element("h3", "", `${posting.title} · ${stationName(posting.station_id)}`), terms);
  const lines = outcome.ranking ?? [];
  if (!lines.length) card.append(element("p", "empty", words("page.nobody")));
  card.append(...lines.slice(0, LINES).map(rankingLine));
  const excluded = Object.entries(outcome.excluded ?? {}).map(([code, count]) => `${words(`excluded.${code}`)} ${count}`);
  if (excluded.length) card.append(element("p", "excluded", `${words("page.excluded")} ${excluded.join(" · ")}`));
  return card;
}

function rankingLine(line) {
  const row = element("div", "line");
  const why = element("div", "why");
  why.append(element("em", "", words("page.km", { km: line.distance_km.toFixed(1) })));
  for (const reason of line.reasons ?? []) {
    why.append(element("span", reason.contribution < 0 ? "hurts" : "", words(`reason.${reason.code}`)));
  }
  row.append(element("span", "rank", line.rank), element("span", "id", line.worker_id), bar(line.score), element("span", "value", Math.round(line.score * 100)), why);
  return row;
}

async function refresh() {
  const zone = new URLSearchParams(location.search).get("zone");
  state.town = await json(zone ? `/api/town?zone=${encodeURIComponent(zone)}` : "/api/town");
  showTown();
  if (!state.rankings.length) {
    for (const job of state.town.jobs.slice(0, MOST_RANKINGS).reverse()) {
      if (job.ranking) {
        state.jobs.set(job.job_id, job.posting);
        await addRanking(job.ranking, false);
      }
    }
  }
}

function listen() {
  const source = new EventSource("/api/live?type=match.ranked");
  source.addEventListener("open", () => showConnection("live"));
  source.addEventListener("error", () => showConnection("offline"));
  source.addEventListener("outcome", (event) => {
    const { outcome } = JSON.parse(event.data);
    if (outcome.subject === "job" && (!state.town || outcome.zone === state.town.zone)) addRanking(outcome, true);
  });
}

byId("language").addEventListener("click", async () => {
  await speak(state.language === "zh-CN" ? "en" : "zh-CN");
  showTown();
  showRankings();
});

await speak(state.language);
await refresh().catch(() => showConnection("offline"));
listen();
setInterval(() => refresh().catch(() => showConnection("offline")), REFRESH_MS);
