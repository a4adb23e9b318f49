#!/bin/sh
# Run by the entrypoint of the image before nginx: writes /config.js, which gives the page those variables of the
# environment that start with PUBLIC_. Nothing else of the environment gets out.
set -eu

awk '
function json(text,    at, char, out) {
  for (at = 1; at <= length(text); at++) {
    char = substr(text, at, 1)
    out = out (char in escaped ? escaped[char] : char)
  }
  return "\"" out "\""
}
BEGIN {
  for (code = 1; code < 32; code++) escaped[sprintf("%c", code)] = sprintf("\\u%04x", code)
  escaped["\""] = "\\\""
  escaped["\\"] = "\\\\"
  # So that no value could end a script element that it is copied into.
  escaped["<"] = "\\u003c"
  printf "window.__CONFIG__ = {"
  for (name in ENVIRON) {
    if (name !~ /^PUBLIC_[A-Za-z0-9_]+$/) continue
    printf "%s\n  %s: %s", separator, json(name), json(ENVIRON[name])
    separator = ","
  }
  print "\n};"
}' > /tmp/config.js
