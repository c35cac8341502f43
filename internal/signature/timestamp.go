package signature

// maxTimestamp is how many digits seconds have at most; more are milliseconds.
const maxTimestamp = 12

// ParseTimestamp reads the header x-tif-timestamp: Unix seconds, 1 to 12 decimal digits and nothing else (domain.md 1).
func ParseTimestamp(text string) (seconds int64, ok bool) {
	if text == "" || len(text) > maxTimestamp {
		return 0, false
	}
	for i := range len(text) {
		if text[i] < '0' || text[i] > '9' {
			return 0, false
		}
		seconds = 10*seconds + int64(text[i]-'0')
	}
	return seconds, true
}
