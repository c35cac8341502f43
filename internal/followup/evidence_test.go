package followup

import (
	"slices"
	"strings"
	"testing"
)

// Who chose several files is told which of them is wrong, and of what.
func TestEachFileThatIsNotTakenIsNamed(t *testing.T) {
	png := []byte("\x89PNG\r\n\x1a\n...")
	long := strings.Repeat("长", 40)
	files := []File{
		{Name: "好.png", Content: png},
		{Name: "截图.png"},
		{Name: `C:\证据\说明.docx`, Content: []byte("PK")},
		{Name: "大.png", Content: slices.Concat(png, make([]byte, MaxFile))},
		{Name: long + ".txt", Content: []byte("x")},
	}
	_, violations := checkFiles(files)
	var got []string
	for _, v := range violations {
		got = append(got, v.Field+" "+v.Reason)
	}
	want := []string{
		"evidence[1] “截图.png”是空文件，请重新选择",
		"evidence[2] “说明.docx”不是 PNG、JPEG 图片或 PDF 文件",
		"evidence[3] “大.png”超过5 MB",
		"evidence[4] “" + long[:30*len("长")] + "…”不是 PNG、JPEG 图片或 PDF 文件",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

// Browsers write quotation marks and line ends of a file's name as %22, %0D and %0A (HTML, multipart/form-data).
func TestAFileKeepsItsName(t *testing.T) {
	for name, want := range map[string]string{
		`证据%22照片%22.png`: "证据照片.png", "a%0D%0Ab.png": "ab.png", "../../x.pdf": "x.png", "": "附件.png", "半价50%.png": "半价50%.png",
	} {
		if got := fileName(name, PNG); got != want {
			t.Errorf("%q: got %q, want %q", name, got, want)
		}
	}
}
