package moderation

import "testing"

// GB 11643-1999, and the examples of its text.
func TestCertificate(t *testing.T) {
	for number, want := range map[string]bool{
		"11010519491231002X": true, "440524188001010014": false, // the right check, of a year before any living person's
		"440524198001010013": true, "440524198001010012": true /* mistyped */, "44052419800101001": true, "440524198013010011": false, "000524198001010010": false,
	} {
		remark := "证号" + number + "。"
		if got := len(Check(remark, nil, nil).Findings) == 1; got != want {
			t.Errorf("%s: got %v, want %v", number, got, want)
		}
	}
}

// ISO/IEC 7812: the check of Luhn.
func TestLuhn(t *testing.T) {
	for number, want := range map[string]bool{
		"4111111111111111": true, "4111111111111112": false, "5500005555555559": true, "378282246310005": true, "6011111111111117": true,
		"3530111333300000": true, "30569309025904": true, "4222222222222": true,
	} {
		if got := luhn([]byte(number)); got != want {
			t.Errorf("%s: got %v, want %v", number, got, want)
		}
		v := Check("卡"+number, nil, nil)
		if got := len(v.Findings) == 1 && v.Findings[0].Kind == Card; got != want {
			t.Errorf("%s: got %v", number, v)
		}
	}
}
