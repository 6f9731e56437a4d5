FROM python:3.11.11-slim-bookworm AS build

ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
RUN apt-get update -qq && apt-get install -y -qq --no-install-recommends gcc libc6-dev
WORKDIR /app

# The locked packages change less often than the code, so they are a layer of their own.
RUN python -m venv /venv
COPY requirements.lock ./
RUN /venv/bin/pip install --require-hashes -r requirements.lock

COPY . .
RUN /venv/bin/pip install --no-deps .


FROM python:3.11.11-slim-bookworm

ENV PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1 PATH=/venv/bin:$PATH
COPY --from=build /venv /venv
RUN useradd --system --create-home --uid 10001 gigmatch
# New volumes mounted here belong to the user; the first begins with the packaged releases.
RUN install -d -o gigmatch /var/lib/gigmatch /secured \
  && install -d -m 700 -o gigmatch /var/lib/gigmatch/sms \
  && cp -r /venv/lib/python3.11/site-packages/models/releases /var/lib/gigmatch/releases \
  && chown -R gigmatch /var/lib/gigmatch
ENV GIGMATCH_RELEASES=/var/lib/gigmatch/releases
USER gigmatch
WORKDIR /home/gigmatch

ENTRYPOINT ["gigmatch"]
CMD ["--help"]
