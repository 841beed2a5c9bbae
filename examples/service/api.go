package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strconv"
)

// api are the handlers. They know a Catalogue, and not whether it is cached.
type api struct{ catalogue Catalogue }

func newAPI(catalogue Catalogue) http.Handler {
	a := api{catalogue}
	mux := http.NewServeMux()
	mux.Handle("GET /products", handler(a.list))
	mux.Handle("POST /products", handler(a.add))
	mux.Handle("GET /products/{id}", handler(a.product))
	mux.Handle("PUT /products/{id}", handler(a.update))
	mux.Handle("DELETE /products/{id}", handler(a.remove))
	mux.Handle("GET /products/{id}/reviews", handler(a.reviews))
	mux.Handle("POST /products/{id}/reviews", handler(a.review))
	return mux
}

func (a api) list(r *http.Request) (int, any, error) {
	page := 0
	if text := r.FormValue("page"); text != "" {
		var err error
		if page, err = strconv.Atoi(text); err != nil || page < 0 || page > 1000 {
			return 0, nil, badRequest("page is a number from 0 to 1000")
		}
	}
	list, err := a.catalogue.List(r.Context(), r.FormValue("category"), page)
	return http.StatusOK, list, err
}

func (a api) product(r *http.Request) (int, any, error) {
	id, err := productID(r)
	if err != nil {
		return 0, nil, err
	}
	p, err := a.catalogue.Product(r.Context(), id)
	return http.StatusOK, p, err
}

func (a api) add(r *http.Request) (int, any, error) {
	p, err := productOf(r)
	if err != nil {
		return 0, nil, err
	}
	added, err := a.catalogue.AddProduct(r.Context(), p)
	return http.StatusCreated, added, err
}

func (a api) update(r *http.Request) (int, any, error) {
	id, err := productID(r)
	if err != nil {
		return 0, nil, err
	}
	p, err := productOf(r)
	if err != nil {
		return 0, nil, err
	}
	p.ID = id
	return http.StatusOK, p, a.catalogue.UpdateProduct(r.Context(), p)
}

func (a api) remove(r *http.Request) (int, any, error) {
	id, err := productID(r)
	if err != nil {
		return 0, nil, err
	}
	return http.StatusNoContent, nil, a.catalogue.DeleteProduct(r.Context(), id)
}

func (a api) reviews(r *http.Request) (int, any, error) {
	id, err := productID(r)
	if err != nil {
		return 0, nil, err
	}
	if _, err := a.catalogue.Product(r.Context(), id); err != nil {
		return 0, nil, err // there is no such product
	}
	list, err := a.catalogue.Reviews(r.Context(), id)
	return http.StatusOK, list, err
}

func (a api) review(r *http.Request) (int, any, error) {
	id, err := productID(r)
	if err != nil {
		return 0, nil, err
	}
	var body Review
	if err := decode(r, &body); err != nil {
		return 0, nil, err
	}
	if body.Stars < 1 || body.Stars > 5 {
		return 0, nil, badRequest("stars are 1 to 5")
	}
	body.ProductID = id
	added, err := a.catalogue.AddReview(r.Context(), body)
	return http.StatusCreated, added, err
}

func productID(r *http.Request) (int64, error) {
	id, err := strconv.ParseInt(r.PathValue("id"), 10, 64)
	if err != nil {
		return 0, badRequest("an id is a number")
	}
	return id, nil
}

func productOf(r *http.Request) (Product, error) {
	var p Product
	if err := decode(r, &p); err != nil {
		return p, err
	}
	if p.Name == "" || p.Category == "" || p.Cents < 0 {
		return p, badRequest("a product needs a name, a category and a price")
	}
	return p, nil
}

func decode(r *http.Request, into any) error {
	if err := json.NewDecoder(http.MaxBytesReader(nil, r.Body, 64<<10)).Decode(into); err != nil {
		return badRequest(fmt.Sprintf("not what is expected in JSON: %v", err))
	}
	return nil
}

// handler answers a request with a status and something to be written as JSON, or an error.
type handler func(*http.Request) (status int, answer any, err error)

type badRequest string

func (b badRequest) Error() string { return string(b) }

func (h handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	status, answer, err := h(r)
	var bad badRequest
	switch {
	case errors.As(err, &bad):
		status = http.StatusBadRequest
	case errors.Is(err, ErrNotFound):
		status = http.StatusNotFound
	case err != nil:
		slog.ErrorContext(r.Context(), "a request failed", "method", r.Method, "path", r.URL.Path, "error", err)
		status, err = http.StatusInternalServerError, errors.New("something is wrong here")
	}
	if err != nil {
		answer = map[string]string{"error": err.Error()}
	}
	if answer == nil {
		w.WriteHeader(status)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(answer) // fails where the client has left
}
