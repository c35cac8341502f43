package client

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"time"
)

// firstPause is how long the client pauses before it sends again for the first time; each later pause is twice as long.
const firstPause = 200 * time.Millisecond

// errNoSerial is code 0 without what code 0 promises: not a 好差评 system, or a broken one.
var errNoSerial = errors.New("answer has code 0 but no affairEvalId")

// Receipt is the answer to a review that is stored.
type Receipt struct {
	AffairEvalID string // 评价信息流水号, at most 20 characters
	RequestID    string
	Message      string
}

func (c *Client) submit(ctx context.Context, path string, message any) (Receipt, error) {
	body, err := Encode(message)
	if err != nil {
		return Receipt{}, fmt.Errorf("encode review: %w", err)
	}
	answer, err := c.call(ctx, http.MethodPost, c.base+path, body)
	if err != nil {
		return Receipt{}, fmt.Errorf("submit review: %w", err)
	}
	var data struct {
		AffairEvalID string `json:"affairEvalId"`
	}
	if err := json.Unmarshal(answer.Data, &data); err != nil || data.AffairEvalID == "" {
		return Receipt{}, fmt.Errorf("submit review: %w", errNoSerial)
	}
	return Receipt{AffairEvalID: data.AffairEvalID, RequestID: answer.RequestID, Message: answer.Message}, nil
}

// call sends a request until it has an answer that sending again would not change.
func (c *Client) call(ctx context.Context, method, address string, body []byte) (envelope, error) {
	if c.digest != "" && !c.digest.Valid() {
		return envelope{}, fmt.Errorf("body digest by %q: want SM3 or SHA256 of this package", string(c.digest))
	}
	if !isBase(c.base) {
		return envelope{}, fmt.Errorf("base URL %q: want http:// or https:// with a host, such as https://haochaping.example.gov.cn", c.base)
	}
	for attempt := 1; ; attempt++ {
		req, err := http.NewRequestWithContext(ctx, method, address, bytes.NewReader(body))
		if err != nil {
			return envelope{}, err
		}
		answer, err := c.once(req, body)
		if err == nil || attempt >= c.attempts || ctx.Err() != nil {
			return answer, err
		}
		again, asked := asTemporary(err)
		if !again || asked > c.maxWait {
			return envelope{}, err
		}
		if stop := c.wait(ctx, c.pause(attempt, asked)); stop != nil {
			return envelope{}, errors.Join(stop, err)
		}
	}
}

// once signs a request for this moment, sends it and reads the answer.
func (c *Client) once(req *http.Request, body []byte) (envelope, error) {
	if len(body) > 0 {
		req.Header.Set("Content-Type", "application/json;charset=utf-8")
	}
	req.Header.Set("Accept", "application/json")
	c.Sign(req, body)
	answer, err := c.http.Do(req)
	if err != nil {
		return envelope{}, err
	}
	defer func() {
		_, _ = io.CopyN(io.Discard, answer.Body, maxAnswer) // a connection that was read to the end is used again
		_ = answer.Body.Close()
	}()
	return read(answer, c.now())
}

// pause is what the server asked for and up to a half more at random, at least; and it grows twofold with every attempt, cut by up
// to a half at random: callers who failed together do not come back together. It is at most maxWait.
func (c *Client) pause(attempt int, asked time.Duration) time.Duration {
	whole := min(firstPause<<min(attempt-1, 16), c.maxWait)
	own := whole/2 + rand.N(whole/2+1)                       //nolint:gosec // spreads load, guards nothing
	return max(own, min(asked+rand.N(asked/2+1), c.maxWait)) //nolint:gosec // likewise
}

// wait pauses for d, or until ctx ends.
func wait(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
