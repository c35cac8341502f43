package affair

import (
	"strings"
	"time"

	"github.com/haochaping/haochaping/internal/beijing"
)

// Reasons why a time is refused.
const (
	reasonForm = "应为 yyyyMMddHHmmss、yyyy-MM-dd HH:mm:ss、yyyy/M/d H:m 或 yyyy-MM-dd 这样的时间"
	reasonReal = "没有这个日期或时间，或早于 1970 年"
)

// parseMoment reads a time as lists and databases write it: yyyyMMddHHmmss, yyyyMMdd, yyyy-MM-dd or yyyy/M/d, alone or with
// H:m, H:m:s or H:m:s.f behind a blank or a T, and then Z or a difference such as +08:00; without one it is Beijing's.
func parseMoment(text string) (at time.Time, reason string) {
	if len(text) == 14 {
		if at, digits, real := beijing.Parse14(text); real {
			return at, ""
		} else if digits {
			return time.Time{}, reasonReal
		}
	}
	if len(text) == 8 {
		if at, digits, real := beijing.Parse14(text + "000000"); real {
			return at, ""
		} else if digits {
			return time.Time{}, reasonReal
		}
	}
	p := momentParser{text: text}
	year, separator := p.number(4, 4), p.one("-/.")
	month := p.number(1, 2)
	if separator != 0 && p.one(string(separator)) == 0 {
		p.failed = true
	}
	day := p.number(1, 2)
	var hour, minute, second, nano int
	zone := beijing.Zone
	if separator == 0 {
		p.failed = true
	}
	if p.text != "" && !p.failed {
		if p.one(" T") == 0 {
			p.failed = true
		}
		p.text = strings.TrimLeft(p.text, " ")
		hour = p.number(1, 2)
		if p.one(":") == 0 {
			p.failed = true
		}
		minute = p.number(1, 2)
		if p.one(":") != 0 {
			second = p.number(1, 2)
			nano = p.fraction()
		}
		zone = p.zone()
	}
	if p.failed || p.text != "" {
		return time.Time{}, reasonForm
	}
	if year < 1970 || month < 1 || month > 12 || day < 1 || hour > 23 || minute > 59 || second > 59 {
		return time.Time{}, reasonReal
	}
	at = time.Date(year, time.Month(month), day, hour, minute, second, nano, zone)
	if at.Day() != day || at.Before(epoch) { // the 30th of February rolls over into March
		return time.Time{}, reasonReal
	}
	return at, ""
}

var epoch = beijing.DayStart(19700101)

// momentParser takes a text apart from its beginning.
type momentParser struct {
	text   string
	failed bool
}

// number takes a number of least to most digits.
func (p *momentParser) number(least, most int) (n int) {
	length := 0
	for length < most && length < len(p.text) && p.text[length] >= '0' && p.text[length] <= '9' {
		n = 10*n + int(p.text[length]-'0')
		length++
	}
	if length < least {
		p.failed = true
	}
	p.text = p.text[length:]
	return n
}

// one takes one of the characters; 0 when there is none.
func (p *momentParser) one(of string) byte {
	if p.text == "" || strings.IndexByte(of, p.text[0]) < 0 {
		return 0
	}
	c := p.text[0]
	p.text = p.text[1:]
	return c
}

// fraction takes a fraction of a second, if there is one, in nanoseconds.
func (p *momentParser) fraction() (nano int) {
	if p.one(".,") == 0 {
		return 0
	}
	unit, digits := int(time.Second), 0
	for ; p.text != "" && p.text[0] >= '0' && p.text[0] <= '9'; digits++ {
		unit /= 10
		nano += unit * int(p.text[0]-'0')
		p.text = p.text[1:]
	}
	if digits == 0 {
		p.failed = true
	}
	return nano
}

// zone takes a zone, if there is one.
func (p *momentParser) zone() *time.Location {
	p.text = strings.TrimLeft(p.text, " ")
	switch sign := p.one("Zz+-"); sign {
	case 0:
		return beijing.Zone
	case 'Z', 'z':
		return time.UTC
	default:
		hours := p.number(2, 2)
		p.one(":")
		minutes := 0
		if p.text != "" {
			minutes = p.number(2, 2)
		}
		if hours > 14 || minutes > 59 {
			p.failed = true
		}
		seconds := hours*3600 + minutes*60
		if sign == '-' {
			seconds = -seconds
		}
		return time.FixedZone("", seconds)
	}
}

func formatMoment(at time.Time) string {
	if at.IsZero() {
		return ""
	}
	return beijing.FormatSecond(at)
}
