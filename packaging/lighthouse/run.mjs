// Audits pages of a hub on loopback with Lighthouse. What to do comes as JSON on standard input:
// {chromium, cookie, pages: [{name, url}], profiles: ["mobile", "desktop"], runs}; the scores go out as JSON lines.
import { readFileSync } from "node:fs";
import * as chromeLauncher from "chrome-launcher";
import lighthouse, { desktopConfig } from "lighthouse";

const CATEGORIES = ["performance", "accessibility", "best-practices"];
const FLAGS = [
  "--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking",
  "--disable-component-update", "--disable-sync", "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
];

const work = JSON.parse(readFileSync(0, "utf-8"));

/** One visit by a browser of its own, in which nothing is kept: every visit is the first. */
async function visit(page, profile) {
  const chrome = await chromeLauncher.launch({ chromePath: work.chromium, chromeFlags: FLAGS });
  try {
    return await audit(chrome, page, profile);
  } finally {
    chrome.kill();
  }
}

/** Scores from 0 to 100, and the names of what took from them. */
async function audit(chrome, page, profile) {
  const options = { port: chrome.port, output: "json", logLevel: "error", onlyCategories: CATEGORIES };
  if (page.signedIn) options.extraHeaders = { Cookie: work.cookie };
  const found = await lighthouse(page.url, options, profile === "desktop" ? desktopConfig : undefined);
  const report = found.lhr;
  if (report.runtimeError) throw new Error(`${page.name}: ${report.runtimeError.message}`);
  if (report.finalDisplayedUrl !== page.url) throw new Error(`${page.name}: led to ${report.finalDisplayedUrl}`);
  const score = Object.fromEntries(CATEGORIES.map((one) => [one, Math.round(report.categories[one].score * 100)]));
  const metrics = ["first-contentful-paint", "largest-contentful-paint", "total-blocking-time", "cumulative-layout-shift"];
  const values = Object.fromEntries(metrics.map((one) => [one, report.audits[one].numericValue]));
  return { ...score, ...values, failed: failures(report), hosts: hosts(report) };
}

function failures(report) {
  const counted = (one) => report.categories[one].auditRefs.filter((ref) => ref.weight > 0).map((ref) => ref.id);
  const ids = new Set(CATEGORIES.flatMap(counted));
  return [...ids].filter((id) => report.audits[id].score !== null && report.audits[id].score < 0.9);
}

function hosts(report) {
  const asked = report.audits["network-requests"].details.items.map((item) => new URL(item.url));
  return [...new Set(asked.filter((url) => url.protocol.startsWith("http")).map((url) => url.host))];
}

for (const page of work.pages) {
  for (const profile of work.profiles) {
    for (let run = 0; run < work.runs; run += 1) {
      console.log(JSON.stringify({ page: page.name, profile, ...(await visit(page, profile)) }));
    }
  }
}
