// Package beijing knows the time that people live by: Asia/Shanghai, days as integers yyyymmdd, and the
// specification's times of 14 digits.
package beijing

import "time"

// Zone is Asia/Shanghai. It is a fixed offset: China has had one zone and no summer time since 1992, and a
// program that needs no zone file starts on any machine.
var Zone = time.FixedZone("Asia/Shanghai", 8*60*60)

// layout14 is the specification's yyyyMMddHHmmss.
const layout14 = "20060102150405"

// Day is the day of t as yyyymmdd.
func Day(t time.Time) int {
	y, m, d := t.In(Zone).Date()
	return y*10000 + int(m)*100 + d
}

// Month is the month of a day yyyymmdd as yyyymm.
func Month(day int) int { return day / 100 }

// DayStart is the first moment of a day yyyymmdd.
func DayStart(day int) time.Time {
	return time.Date(day/10000, time.Month(day/100%100), day%100, 0, 0, 0, 0, Zone)
}

// AddDays is the day that is n days after day, both yyyymmdd.
func AddDays(day, n int) int { return Day(DayStart(day).AddDate(0, 0, n)) }

// Format14 writes t, of the years 0 to 9999, as yyyyMMddHHmmss.
func Format14(t time.Time) string {
	t = t.In(Zone)
	year, month, day := t.Date()
	hour, minute, second := t.Clock()
	var text [len(layout14)]byte
	for i, n := range [...]int{year / 100, year % 100, int(month), day, hour, minute, second} {
		text[2*i], text[2*i+1] = byte('0'+n/10), byte('0'+n%10) //nolint:gosec // a digit
	}
	return string(text[:])
}

// FormatSecond writes t for files, interfaces and commands: 2026-11-24 14:05:09.
func FormatSecond(t time.Time) string { return t.In(Zone).Format(time.DateTime) }

// FormatMinute writes t for what people read: 2026年11月24日 14:05.
func FormatMinute(t time.Time) string { return t.In(Zone).Format("2006年1月2日 15:04") }

// Parse14 reads yyyyMMddHHmmss, exactly 14 digits, a real date and time; digits is false when it is not 14
// digits, real is false when there is no such date or time or it is before 1970.
func Parse14(s string) (t time.Time, digits, real bool) {
	if len(s) != len(layout14) {
		return time.Time{}, false, false
	}
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return time.Time{}, false, false
		}
	}
	n := func(from, to int) (v int) {
		for _, c := range []byte(s[from:to]) {
			v = v*10 + int(c-'0')
		}
		return v
	}
	year, month, day, hour, minute, second := n(0, 4), n(4, 6), n(6, 8), n(8, 10), n(10, 12), n(12, 14)
	if year < 1970 || month < 1 || month > 12 || day < 1 || hour > 23 || minute > 59 || second > 59 {
		return time.Time{}, true, false
	}
	t = time.Date(year, time.Month(month), day, hour, minute, second, 0, Zone)
	if t.Day() != day { // the 30th of February rolls over into March
		return time.Time{}, true, false
	}
	return t, true, true
}
