#!/usr/bin/env node
// Makes the pictures in docs/screenshots again, from the demo: needs Chromium, its driver, and the program, which is
// target/release/vouchsafe unless its path is given.
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

const ROOT = join(import.meta.dirname, "..");
const FOLDER = join(ROOT, "docs/screenshots");
const PASSWORD = "the password of the pictures";
const LARGEST = 150_000;

/** Starts a program and waits for the line that names its address. */
function start(command, args, options, pattern) {
  const child = spawn(command, args, { stdio: ["ignore", "pipe", "ignore"], ...options });
  const found = new Promise((done, reject) => {
    let said = "";
    child.on("error", reject);
    child.on("exit", (code) => reject(new Error(`${command} ended with ${code}: ${said}`)));
    child.stdout.on("data", (part) => {
      const match = pattern.exec((said += part));
      if (match) done(match[1]);
    });
  });
  return { child, found };
}

const data = mkdtempSync(join(tmpdir(), "vouchsafe-screenshots-"));
const env = { ...process.env, VOUCHSAFE_DATA: data, VOUCHSAFE_LISTEN: "127.0.0.1:0", VOUCHSAFE_DEMO_PASSWORD: PASSWORD };
const program = resolve(process.argv[2] ?? join(ROOT, "target/release/vouchsafe"));
const demo = start(program, ["demo"], { env, cwd: data }, /(http:\/\/\S+)/);
const driver = start("chromedriver", ["--port=0"], {}, /started successfully on port (\d+)/);

try {
  const [url, port] = [await demo.found, await driver.found];
  const call = async (method, path, body) => {
    const response = await fetch(`http://127.0.0.1:${port}/session${path}`, { method, body: body && JSON.stringify(body) });
    const { value } = await response.json();
    if (value?.error) throw new Error(`${path}: ${value.message}`);
    return value;
  };
  const args = ["--headless=new", "--no-sandbox", "--disable-gpu", "--no-proxy-server", "--hide-scrollbars", "--lang=en-GB"];
  args.push(`--user-data-dir=${join(data, "browser")}`);
  const capabilities = { alwaysMatch: { browserName: "chrome", "goog:chromeOptions": { args } } };
  const { sessionId } = await call("POST", "", { capabilities });
  const ask = (path, body) => call("POST", `/${sessionId}/${path}`, body);
  const tool = (cmd, params) => ask("goog/cdp/execute", { cmd, params });
  const js = (script) => ask("execute/sync", { script, args: [] });
  const open = (path) => ask("url", { url: url + path });
  const element = async (css) => Object.values(await ask("element", { using: "css selector", value: css }))[0];
  const type = async (css, text) => ask(`element/${await element(css)}/value`, { text });
  const click = async (css) => ask(`element/${await element(css)}/click`, {});
  const until = async (condition) => {
    for (let tries = 0; !(await js(`return !!(${condition})`)); tries++) {
      if (tries > 200) throw new Error(`never came true: ${condition}`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  };
  const window = (width, height) =>
    tool("Emulation.setDeviceMetricsOverride", { width, height, deviceScaleFactor: 1, mobile: false });
  const signIn = async (who) => {
    await tool("Network.clearBrowserCookies", {});
    await open("/sign-in");
    await type("input[name=email]", `${who}@demo.test`);
    await type("input[name=password]", `${PASSWORD}\uE007`);
    await until("location.pathname !== '/sign-in'");
  };
  const picture = async (name) => {
    await js("document.activeElement?.blur()");
    const png = Buffer.from(await call("GET", `/${sessionId}/screenshot`), "base64");
    if (png.length > LARGEST) throw new Error(`${name} has ${png.length} bytes`);
    writeFileSync(join(FOLDER, `${name}.png`), png);
    console.log(`${name}.png ${png.length}`);
  };

  await window(1280, 800);
  await signIn("admin");
  await open("/dashboard/coupons");
  await click("#new-coupon");
  await until("document.querySelector('#modal').open");
  await type("#coupon-code", "WELCOME-10");
  await click("label[for=benefit-limits]");
  await click("#coupon-limit_mode-instances option[value=raise_to]");
  await type("#coupon-limit_value-instances", "10");
  await picture("modal");
  await type("#coupon-max_uses", "3\uE007");
  await until("!document.querySelector('#modal').open && document.querySelector('#coupons').innerText.includes('WELCOME-10')");
  await picture("coupons");

  await signIn("member");
  await type("#apply-code", " welcome 10\uE007");
  await until("document.querySelector('#limit-instances').innerText === '10'");
  await picture("organization");
  await open("/cart");
  await type("#cart-code", "autumn 26\uE007");
  await until("document.querySelector('.ticket__code')?.innerText === 'AUTUMN-26'");
  await picture("cart");
  await window(390, 844);
  await open("/organization");
  await picture("phone");

  await window(1280, 800);
  await signIn("support");
  await open("/audit");
  await click(".log > li:first-child summary");
  await picture("audit");
  await call("DELETE", `/${sessionId}`);
} finally {
  driver.child.kill();
  demo.child.kill();
  await new Promise((resolve) => setTimeout(resolve, 500));
  rmSync(data, { recursive: true, force: true, maxRetries: 5 });
}
