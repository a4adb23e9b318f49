package webui

import "embed"

var FS embed.FS
