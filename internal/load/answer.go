package load

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"

	"github.com/haochaping/haochaping/client"
)

const (
	// maxAnswer is how much of an answer is read.
	maxAnswer = 1 << 20
	// maxSerial is the length of an affairEvalId (contract 4), which is ASCII.
	maxSerial = 20
)

// answer is what a server said to a review.
type answer struct {
	status  int
	proper  bool // the envelope, with a serial number when the code is 0
	code    int
	message string
	serial  string
}

// stored says whether the server acknowledged the review.
func (a answer) stored() bool { return a.proper && a.code == client.CodeOK }

// readAnswer takes an answer apart. There is an error when it broke off.
func readAnswer(response *http.Response) (answer, error) {
	body, err := io.ReadAll(io.LimitReader(response.Body, maxAnswer))
	if err != nil {
		return answer{}, fmt.Errorf("read answer: %w", err)
	}
	var e struct {
		Code    *int   `json:"code"`
		Message string `json:"message"`
		Data    struct {
			AffairEvalID string `json:"affairEvalId"`
		} `json:"data"`
	}
	a := answer{status: response.StatusCode}
	if json.Unmarshal(body, &e) != nil || e.Code == nil {
		return a, nil //nolint:nilerr // an improper answer is an answer: it is counted as such
	}
	a.code, a.message, a.serial = *e.Code, e.Message, e.Data.AffairEvalID
	a.proper = a.code != client.CodeOK || a.status == http.StatusOK && a.serial != "" && len(a.serial) <= maxSerial
	return a, nil
}
