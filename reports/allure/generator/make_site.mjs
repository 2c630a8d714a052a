// Makes the Allure site of one run: `node make_site.mjs MODULES`, MODULES being the folder the generator is installed in.
//
// It loads the generator, which takes as long as making a site, and then waits for its task: one line of JSON on stdin
// with `configuration` and `results`, the folder of Allure results. When stdin ends without one, there is nothing to do.

import { join } from "node:path";
import process from "node:process";
import { createInterface } from "node:readline";
import { pathToFileURL } from "node:url";

const load = (name) => import(pathToFileURL(join(process.argv[2], "@allurereport", name, "dist", "index.js")));
const [{ AllureReport, resolveConfig }] = await Promise.all(["core", "plugin-awesome", "plugin-allure2"].map(load));

for await (const line of createInterface({ input: process.stdin })) {
  const { configuration, results } = JSON.parse(line);
  const report = new AllureReport(await resolveConfig(configuration));
  await report.start();
  await report.readDirectory(results);
  await report.done();
  break;
}
