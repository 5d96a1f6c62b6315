// Build one site with the real Eleventy and print what it makes of it as JSON: node record.mjs <node_modules> <site>
import path from "node:path";
import { pathToFileURL } from "node:url";

const [modules, root] = process.argv.slice(2);
const { default: Eleventy } = await import(pathToFileURL(path.join(modules, "@11ty/eleventy/src/Eleventy.js")));
process.chdir(root);
const seen = {};
const site = new Eleventy(undefined, undefined, {
	quietMode: true,
	source: "script",
	config(settings) {
		settings.addCollection("recorded", (all) => {
			for (const { inputPath, data, date, fileSlug } of all.getAll()) {
				const { tags, title, description } = data;
				seen[inputPath] = { date, fileSlug, tags: tags ?? [], title, description };
			}
			return [];
		});
	},
});
site.disableLogger();
const written = await site.toJSON();
const pages = {};
for (const { inputPath, url, content } of written) {
	pages[inputPath] = { url, content, ...(seen[inputPath] ?? { excluded: true }) };
}
for (const inputPath of Object.keys(seen)) {
	pages[inputPath] ??= { url: false, ...seen[inputPath] };
}
console.log(JSON.stringify(pages));
