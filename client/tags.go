package client

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
)

// Tag is one that a reviewer may choose (评价标签, 1.3).
type Tag struct {
	TagID          string `json:"tagId"`
	TagName        string `json:"tagName"`
	GeneralStars   int    `json:"generalStars"`   // the star level that it belongs to
	EvalEntityCode string `json:"evalEntityCode"` // the evaluation object that it belongs to
}

// Tags looks up the tags to show for an evaluation object at a star level, in the order to show them; 0 stars asks for
// those of every level.
func (c *Client) Tags(ctx context.Context, entity string, stars int) ([]Tag, error) {
	query := url.Values{"evalEntityCode": {entity}}
	if stars != 0 {
		query.Set("generalStars", strconv.Itoa(stars))
	}
	answer, err := c.call(ctx, http.MethodGet, c.base+PathTags+"?"+query.Encode(), nil)
	if err != nil {
		return nil, fmt.Errorf("look up tags: %w", err)
	}
	var data struct {
		Tags []Tag `json:"tags"`
	}
	if err := json.Unmarshal(answer.Data, &data); err != nil {
		return nil, fmt.Errorf("look up tags: decode data: %w", err)
	}
	return data.Tags, nil
}
