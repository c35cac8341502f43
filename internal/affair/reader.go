package affair

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/haochaping/haochaping/internal/fault"
	"github.com/haochaping/haochaping/internal/org"
	"golang.org/x/text/width"
)

// Reader makes affairs out of rows of text. Everything from outside comes by this one way. It may be used by several
// goroutines at once.
type Reader struct {
	columns []*Field // nil: the column is passed over
	// Unknown are the columns that mean nothing, which are passed over.
	Unknown []string
}

// NewReader makes a reader of rows with these columns, which are wire names, titles or their aliases. Missing required
// columns, those that stand there twice and those whose cells are masked are an error that names them all.
func NewReader(columns []string) (*Reader, error) {
	r := &Reader{columns: make([]*Field, len(columns))}
	var faults []error
	seen := map[*Field]string{}
	for i, title := range columns {
		if strings.HasSuffix(strings.TrimSpace(title), maskedMark) {
			faults = append(faults, fmt.Errorf("列“%s”中的个人信息已遮盖，不能导入，请在来源处改正", title))
			continue
		}
		f := FieldByTitle(title)
		if f == nil {
			if strings.TrimSpace(title) != "" {
				r.Unknown = append(r.Unknown, title)
			}
			continue
		}
		if first, twice := seen[f]; twice {
			faults = append(faults, fmt.Errorf("列“%s”与“%s”是同一项（%s），只能有一列", first, title, f.Title))
			continue
		}
		seen[f] = title
		r.columns[i] = f
	}
	for i := range fields {
		if f := &fields[i]; f.Required && seen[f] == "" {
			faults = append(faults, fmt.Errorf("缺少必填的列“%s”（%s）", f.Title, f.Name))
		}
	}
	if err := errors.Join(faults...); err != nil {
		return nil, err
	}
	return r, nil
}

// Read reads one row, whose cells stand in the order of the columns; those missing at its end are empty. It gives every
// violation; the affair holds what could be read, its serial number above all. Whether the done time lies in the future is
// for the service to say.
func (r *Reader) Read(cells []string) (Affair, []fault.Violation) {
	var a Affair
	var violations []fault.Violation
	for i, f := range r.columns {
		text := ""
		if i < len(cells) {
			text = strings.TrimSpace(cells[i])
		}
		if f == nil || text == "" && !f.Required {
			continue
		}
		if reason := f.read(&a, text); reason != "" {
			violations = append(violations, fault.Violation{Field: f.Name, Reason: reason})
		}
	}
	return a, violations
}

// read puts a cell where it belongs, or says what would be right.
func (f *Field) read(a *Affair, text string) (reason string) {
	switch {
	case text == "":
		return "不能为空"
	case !utf8.ValidString(text):
		return "不是正确的 UTF-8 文字"
	case strings.IndexByte(text, 0) >= 0:
		return "不能有空字符（U+0000）"
	case f.moment != nil:
		at, reason := parseMoment(narrow(text))
		*f.moment(a) = at
		return reason
	case f.number != nil:
		n, err := strconv.Atoi(narrow(text))
		if err != nil || n < 0 || n > f.top {
			return f.meaning
		}
		*f.number(a) = &n
		return ""
	}
	if len(text) > f.Most {
		if n := utf8.RuneCountInString(text); n > f.Most {
			return fmt.Sprintf("最多 %d 个字符，现有 %d 个", f.Most, n)
		}
	}
	if f.code && HasControl(text) {
		return "不能有控制字符"
	}
	if f.Name == "regionCode" {
		text = narrow(text)
		if _, ok := org.NormalizeRegion(text); !ok {
			return "应为 2 至 12 位数字的区划编码"
		}
	}
	*f.text(a) = text
	return ""
}

// narrow makes ASCII of full-width digits and signs, which people type.
func narrow(text string) string {
	for i := range len(text) {
		if text[i] >= utf8.RuneSelf {
			return width.Fold.String(text)
		}
	}
	return text
}

// HasControl says whether a code holds a control character, which no code may: reviews are matched with affairs by them. It stands in every
// review's way: bytes do, for none of a longer character is one of these.
func HasControl(text string) bool {
	for i := range len(text) {
		if text[i] < ' ' || text[i] == 0x7f {
			return true
		}
	}
	return false
}

// normalTitle is a title without what people write about it: blanks, a mark that it is required, case.
func normalTitle(title string) string {
	title = strings.TrimPrefix(title, "\ufeff")
	title = strings.NewReplacer(" ", "", "　", "", "*", "", "＊", "", "（必填）", "", "(必填)", "").Replace(title)
	return strings.ToLower(strings.TrimSpace(title))
}

func formatNumber(n *int) string {
	if n == nil {
		return ""
	}
	return strconv.Itoa(*n)
}
