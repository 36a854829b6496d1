"use strict";
(async () => {
  const find = (id) => document.getElementById(id);
  const root = find("playground").dataset.root;
  const form = find("question"), chooser = find("operation"), fields = find("fields");
  const output = find("answer"), status = find("status"), snippet = find("snippet");
  let api;
  try {
    const reply = await fetch(`${root}/openapi.json`);
    api = await reply.json();
  } catch (error) {
    status.textContent = `The description of the API cannot be loaded: ${error.message}`;
    return;
  }
  const server = api.servers[0].url;
  const operations = new Map(Object.entries(api.paths).map(([path, methods]) => {
    const operation = methods.post;
    const name = operation.requestBody.content["application/json"].schema.$ref.split("/").pop();
    return [operation.operationId, { path, operation, schema: api.components.schemas[name] }];
  }));
  for (const name of operations.keys()) chooser.add(new Option(name, name));
  const given = new URLSearchParams(location.search);
  const kept = new Map(given), languages = [...document.querySelectorAll("input[name=language]")];
  for (const each of languages) each.checked = each.value === given.get("language") || each.checked;
  chooser.value = operations.has(given.get("operation")) ? given.get("operation") : "package";

  const element = (tag, properties, ...children) => {
    const made = Object.assign(document.createElement(tag), properties);
    made.append(...children);
    return made;
  };

  const plain = (schema) => (schema.anyOf ? schema.anyOf.find((each) => each.type !== "null") : schema);

  function control(name, schema, id) {
    const kind = plain(schema), value = kept.get(name) ?? String(schema.default ?? "");
    const choices = kind.enum ?? schema.examples;
    let made;
    if (choices) {
      made = element("select", { id, name });
      for (const choice of choices) made.add(new Option(choice, choice));
      const known = choices.find((choice) => choice.toLowerCase() === value.toLowerCase());
      if (known) made.value = known;
      else if (value && !kind.enum) made.add(new Option(value, value, true, true));
    } else if (kind.type === "integer") {
      made = element("input", { id, name, type: "number", min: kind.minimum, step: 1, value });
    } else {
      made = element("input", { id, name, type: "text", maxLength: kind.maxLength, value, spellcheck: false });
      made.autocapitalize = "none";
      made.autocomplete = "off";
    }
    return made;
  }

  function build() {
    const { operation, schema } = operations.get(chooser.value);
    find("about").textContent = `${operation.summary}.`;
    fields.replaceChildren();
    for (const [name, field] of Object.entries(schema.properties)) {
      const id = `field-${name}`, required = schema.required.includes(name);
      const made = control(name, field, id);
      made.required = required;
      made.setAttribute("aria-describedby", `${id}-about`);
      made.addEventListener("input", () => { kept.set(name, made.value); write(); });
      const label = element("label", { htmlFor: id, textContent: name });
      if (!required) label.append(element("span", { className: "soft", textContent: " (may be left out)" }));
      fields.append(element("div", { className: "field" }, label, made,
        element("p", { className: "soft", id: `${id}-about`, textContent: field.description ?? "" })));
    }
    write();
  }

  function question() {
    const { schema } = operations.get(chooser.value), asked = {};
    for (const made of fields.querySelectorAll("input, select")) {
      const field = schema.properties[made.name], text = made.value.trim();
      if (text === "") continue;
      const value = plain(field).type === "integer" ? Number(text) : text;
      if (schema.required.includes(made.name) || value !== field.default) asked[made.name] = value;
    }
    return asked;
  }

  const shell = (text) => `'${text.replaceAll("'", "'\\''")}'`;

  const snippets = {
    curl: (url, body) => `curl ${shell(url)} \\\n  -H 'Content-Type: application/json' \\\n  -d ${shell(JSON.stringify(body))}`,
    python: (url, body) => [
      "import json",
      "from urllib.request import Request, urlopen",
      "",
      // A JSON object of texts and numbers is a dict of Python's as it stands.
      `question = ${JSON.stringify(body, null, 4)}`,
      "request = Request(",
      `    ${JSON.stringify(url)},`,
      "    json.dumps(question).encode(),",
      '    {"Content-Type": "application/json"},',
      ")",
      "with urlopen(request) as reply:",
      "    print(json.load(reply))",
    ].join("\n"),
    javascript: (url, body) => [
      `const reply = await fetch(${JSON.stringify(url)}, {`,
      '  method: "POST",',
      '  headers: { "Content-Type": "application/json" },',
      `  body: JSON.stringify(${JSON.stringify(body, null, 2).replaceAll("\n", "\n  ")}),`,
      "});",
      "console.log(await reply.json());",
    ].join("\n"),
  };

  const language = () => languages.find((each) => each.checked).value;

  function write() {
    const { path } = operations.get(chooser.value);
    snippet.textContent = snippets[language()](server + path, question());
  }

  function show(text) {
    // Keys, texts, numbers and words each have their colour; everything stays text.
    const token = /("(?:[^"\\]|\\.)*")(\s*:)?|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|\b(?:true|false|null)\b/g;
    const parts = [];
    let at = 0;
    for (const match of text.matchAll(token)) {
      parts.push(text.slice(at, match.index));
      const kind = match[2] !== undefined ? "key" : match[1] !== undefined ? "text" : "number";
      parts.push(element("span", { className: kind, textContent: match[1] ?? match[0] }), match[2] ?? "");
      at = match.index + match[0].length;
    }
    output.replaceChildren(...parts, text.slice(at));
  }

  async function run() {
    const { path } = operations.get(chooser.value), asked = question();
    const address = new URLSearchParams({ operation: chooser.value, ...asked, language: language() });
    history.replaceState(null, "", `?${address}`);
    status.textContent = "Asking…";
    output.replaceChildren();
    const started = performance.now();
    try {
      const reply = await fetch(root + path, {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify(asked),
      });
      const body = await reply.text();
      const took = Math.round(performance.now() - started);
      status.textContent = `${reply.ok ? "Answered" : "Refused"} with ${reply.status} in ${took} ms, ${body.length.toLocaleString("en")} characters`;
      status.className = reply.ok ? "soft" : "trouble";
      show(JSON.stringify(JSON.parse(body), null, 2));
    } catch (error) {
      status.textContent = `No answer: ${error.message}`;
      status.className = "trouble";
    }
  }

  async function copy() {
    const button = find("copy");
    try {
      await navigator.clipboard.writeText(snippet.textContent);
    } catch {
      // Without https a page may only copy what is selected.
      const range = document.createRange();
      range.selectNodeContents(snippet);
      getSelection().removeAllRanges();
      getSelection().addRange(range);
      document.execCommand("copy");
    }
    button.textContent = "Copied";
    setTimeout(() => { button.textContent = "Copy"; }, 1500);
  }

  chooser.addEventListener("change", build);
  form.addEventListener("submit", (event) => { event.preventDefault(); run(); });
  for (const each of languages) each.addEventListener("change", write);
  find("copy").addEventListener("click", copy);
  build();
  find("playground").hidden = false;
  if (given.has("operation") && form.checkValidity()) run();
})();
