package followup

import (
	"bytes"
	"fmt"
	"path"
	"strings"
	"unicode/utf8"

	"github.com/haochaping/haochaping/internal/fault"
)

// Limits of evidence.
const (
	MaxFile     = 5 << 20 // bytes
	MaxFiles    = 5       // a case
	maxFileName = 100     // characters
)

// File is a piece of evidence. Its kind is told by its content, never by its name. It is kept sealed and never run.
type File struct {
	Name    string
	Kind    FileKind
	Content []byte
}

// FileKind is a media type.
type FileKind string

// The kinds that are taken.
const (
	PNG  FileKind = "image/png"
	JPEG FileKind = "image/jpeg"
	PDF  FileKind = "application/pdf"
)

var magic = []struct {
	kind  FileKind
	bytes string
}{{PNG, "\x89PNG\r\n\x1a\n"}, {JPEG, "\xff\xd8\xff"}, {PDF, "%PDF-"}}

var endings = map[FileKind]string{PNG: ".png", JPEG: ".jpg", PDF: ".pdf"}

// kindOf tells the kind by how the content begins.
func kindOf(content []byte) (FileKind, bool) {
	for _, m := range magic {
		if bytes.HasPrefix(content, []byte(m.bytes)) {
			return m.kind, true
		}
	}
	return "", false
}

// checkFiles finds fault with evidence, and gives each file its kind and a name that is safe to show and to save by.
func checkFiles(files []File) (checked []File, violations []fault.Violation) {
	if len(files) > MaxFiles {
		return nil, []fault.Violation{{Field: "evidence", Reason: fmt.Sprintf("最多上传%d个附件", MaxFiles)}}
	}
	for i, f := range files {
		field := fmt.Sprintf("evidence[%d]", i)
		kind, ok := kindOf(f.Content)
		wrong := ""
		switch {
		case len(f.Content) == 0:
			wrong = "是空文件，请重新选择"
		case len(f.Content) > MaxFile:
			wrong = "超过5 MB"
		case !ok:
			wrong = "不是 PNG、JPEG 图片或 PDF 文件"
		}
		if wrong != "" {
			violations = append(violations, fault.Violation{Field: field, Reason: "“" + shownName(f.Name) + "”" + wrong})
			continue
		}
		checked = append(checked, File{Name: fileName(f.Name, kind), Kind: kind, Content: f.Content})
	}
	return checked, violations
}

// browserNames undoes what browsers write for characters that a form's header can't hold; none of them may stand in a name.
var browserNames = strings.NewReplacer("%22", "", "%0D", "", "%0A", "")

// baseName is a name without folders and control characters.
func baseName(name string) string {
	name = browserNames.Replace(path.Base(strings.ReplaceAll(strings.ToValidUTF8(name, ""), `\`, "/")))
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || strings.ContainsRune(`"<>|:*?/`, r) || r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069 {
			return -1
		}
		return r
	}, name)
}

// fileName is a file's name with the ending of its kind.
func fileName(name string, kind FileKind) string {
	name = baseName(name)
	name = strings.TrimLeft(strings.TrimSuffix(name, path.Ext(name)), ".")
	if utf8.RuneCountInString(name) > maxFileName {
		name = string([]rune(name)[:maxFileName])
	}
	if strings.TrimSpace(name) == "" {
		name = "附件"
	}
	return name + endings[kind]
}

// maxShownName is how much of a name is told when the file is not taken, in characters.
const maxShownName = 30

// shownName tells a file from the others that were sent with it.
func shownName(name string) string {
	name = baseName(name)
	if utf8.RuneCountInString(name) > maxShownName {
		name = string([]rune(name)[:maxShownName]) + "…"
	}
	return name
}
