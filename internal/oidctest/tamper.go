package oidctest

import (
	"encoding/json"
	"maps"
	"net/http"
	"net/http/httptest"

	jose "github.com/go-jose/go-jose/v4"
	"github.com/zitadel/oidc/v3/pkg/op"
)

// Tamper has every id token from now on changed before it is signed; nil ends that.
func (s *Server) Tamper(change func(claims map[string]any)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.tamper = change
}

// SignWithAnotherKey has every id token from now on signed with a key that is not the provider's, under the name of its own.
func (s *Server) SignWithAnotherKey() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.foreign = true
}

// token answers as the provider does, but for the id token.
func (s *Server) token(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	tamper, foreign := s.tamper, s.foreign
	s.mu.Unlock()
	if tamper == nil && !foreign {
		s.provider.ServeHTTP(w, r)
		return
	}
	recorder := httptest.NewRecorder()
	s.provider.ServeHTTP(recorder, r)
	body := recorder.Body.Bytes()
	if recorder.Code == http.StatusOK {
		changed, err := s.resign(body, tamper, foreign)
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		body = changed
	}
	maps.Copy(w.Header(), recorder.Header())
	w.WriteHeader(recorder.Code)
	_, _ = w.Write(body) // a caller that hung up loses his answer only
}

func (s *Server) resign(body []byte, tamper func(map[string]any), foreign bool) ([]byte, error) {
	var answer, claims map[string]any
	if err := json.Unmarshal(body, &answer); err != nil {
		return nil, err
	}
	signed, err := jose.ParseSigned(answer["id_token"].(string), []jose.SignatureAlgorithm{jose.RS256})
	if err != nil {
		return nil, err
	}
	if err := json.Unmarshal(signed.UnsafePayloadWithoutVerification(), &claims); err != nil {
		return nil, err
	}
	if tamper != nil {
		tamper(claims)
	}
	s.storage.mu.Lock()
	key := s.storage.key
	s.storage.mu.Unlock()
	if foreign {
		id := key.id
		if key, err = newKey(); err != nil {
			return nil, err
		}
		key.id = id
	}
	signer, err := op.SignerFromKey(key)
	if err != nil {
		return nil, err
	}
	payload, err := json.Marshal(claims)
	if err != nil {
		return nil, err
	}
	resigned, err := signer.Sign(payload)
	if err != nil {
		return nil, err
	}
	if answer["id_token"], err = resigned.CompactSerialize(); err != nil {
		return nil, err
	}
	return json.Marshal(answer)
}
