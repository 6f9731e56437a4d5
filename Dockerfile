FROM python:3.11.11-slim-bookworm

ENV PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1 PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
WORKDIR /app

# The locked packages change less often than the code, so they are a layer of their own.
COPY requirements.lock ./
RUN pip install --require-hashes -r requirements.lock

COPY . .
RUN pip install --no-deps . \
 && useradd --system --create-home --uid 10001 gigmatch
USER gigmatch
WORKDIR /home/gigmatch

ENTRYPOINT ["gigmatch"]
CMD ["--help"]
